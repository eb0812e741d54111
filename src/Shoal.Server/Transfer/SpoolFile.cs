using Shoal.Server.Http;

namespace Shoal.Server.Transfer;

/// <summary>A temporary file that takes its room from the transfer folder while it is written.</summary>
/// <remarks>Owns: the file and its room, until disposal.</remarks>
internal sealed class SpoolFile : Stream
{
    private const int BufferBytes = 128 * 1024;

    private readonly TransferFolder _folder;
    private readonly long _bytesMax;
    private FileStream? _stream;
    private long _bytes;

    /// <summary>An empty file for at most this many bytes.</summary>
    public SpoolFile(TransferFolder folder, string extension, long bytesMax)
    {
        _folder = folder;
        _bytesMax = bytesMax;
        FilePath = folder.NewPath(extension);
        _stream = new FileStream(FilePath, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Read, BufferBytes,
            FileOptions.Asynchronous);
    }

    public string FilePath { get; }

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    /// <summary>Bytes written.</summary>
    public override long Length => _bytes;

    public override long Position
    {
        get => _bytes;
        set => throw new NotSupportedException();
    }

    /// <summary>Ends writing; the file stays until disposal.</summary>
    public async ValueTask CompleteAsync()
    {
        if (_stream is not null)
        {
            await _stream.DisposeAsync();
            _stream = null;
        }
    }

    /// <summary>Opens the completed file from its start.</summary>
    public FileStream OpenRead() => new(FilePath, FileMode.Open, FileAccess.Read, FileShare.Read, BufferBytes,
        FileOptions.Asynchronous | FileOptions.SequentialScan);

    /// <summary>Opens the completed file from its start and takes its name away: when it is closed, nothing is left behind.</summary>
    public FileStream OpenLast()
    {
        var content = OpenRead();
        _folder.Delete(FilePath);
        return content;
    }

    public override void Write(byte[] buffer, int offset, int count)
    {
        Reserve(count);
        Target.Write(buffer, offset, count);
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        Reserve(buffer.Length);
        Target.Write(buffer);
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Reserve(buffer.Length);
        return Target.WriteAsync(buffer, cancellationToken);
    }

    public override void Flush() => Target.Flush();

    public override Task FlushAsync(CancellationToken cancellationToken) => Target.FlushAsync(cancellationToken);

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override async ValueTask DisposeAsync()
    {
        await CompleteAsync();
        Dispose();
        await base.DisposeAsync();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _stream?.Dispose();
            _stream = null;
            _folder.Delete(FilePath);

            // SQLite makes these beside a file in WAL mode, and a connection that only reads leaves them.
            _folder.Delete(FilePath + "-wal");
            _folder.Delete(FilePath + "-shm");
            _folder.Release(Interlocked.Exchange(ref _bytes, 0));
        }

        base.Dispose(disposing);
    }

    private FileStream Target => _stream ?? throw new InvalidOperationException("The file is complete.");

    private void Reserve(int count)
    {
        if (_bytes + count > _bytesMax)
        {
            throw new RequestException(RequestErrorKind.BodyTooLarge,
                $"The request is malformed: the file is larger than {_bytesMax} bytes");
        }

        if (!_folder.TryReserve(count))
        {
            throw new RequestException(RequestErrorKind.Overloaded,
                "Too many files are being imported or exported; try again when some have finished.");
        }

        _bytes += count;
    }
}
