using Microsoft.Win32.SafeHandles;
using Shoal.Sqlite.Threads;
using Shoal.Sqlite.Vfs;

namespace Shoal.Engine.Log;

/// <summary>One segment file, preallocated and zero-filled, that is written from front to back and then used again.</summary>
/// <remarks>Owns: its file handle, until disposed. Source for zero-filling: an overwrite needs no metadata in its flush.</remarks>
internal sealed class LogSegment : IDisposable
{
    /// <summary>
    /// A processor is not free for anything else while the kernel copies a piece: 2 MiB took 5 ms, in which requests waited.
    /// </summary>
    private const int SmallPieceBytes = 64 * 1024;

    private const int PieceBytes = 1024 * 1024;

    private readonly SafeFileHandle _file;

    private LogSegment(string path, SafeFileHandle file, long lengthBytes)
    {
        Path = path;
        _file = file;
        LengthBytes = lengthBytes;
    }

    public string Path { get; }

    public long LengthBytes { get; }

    /// <summary>Which segment of the log the file holds now; 0 for none.</summary>
    public SegmentHeader Header { get; private set; }

    /// <summary>The format version that the header names, when it is newer than what this program knows.</summary>
    public uint NewerVersion { get; private set; }

    /// <summary>Creates and zero-fills a file, durably.</summary>
    /// <param name="path">Where.</param>
    /// <param name="lengthBytes">How long it will be for ever.</param>
    /// <param name="gently">Whether to flush it in small pieces; takes longer, but others wait for less.</param>
    public static LogSegment Create(string path, long lengthBytes, bool gently = false)
    {
        var temporary = path + ".new";
        File.Delete(temporary);
        using (var file = File.OpenHandle(temporary, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Read,
            FileOptions.None, lengthBytes))
        {
            var zeros = new byte[gently ? SmallPieceBytes : PieceBytes];
            for (var offset = 0L; offset < lengthBytes; offset += zeros.Length)
            {
                RandomAccess.Write(file, zeros.AsSpan(0, (int)Math.Min(zeros.Length, lengthBytes - offset)), offset);
                if (gently)
                {
                    RandomAccess.FlushToDisk(file);
                }
            }

            RandomAccess.FlushToDisk(file);
        }

        File.Move(temporary, path);
        DirectorySync.Flush(System.IO.Path.GetDirectoryName(path)!);
        return Open(path);
    }

    /// <summary>Opens a file that exists.</summary>
    /// <param name="path">The file.</param>
    /// <param name="write">Whether it will be written; if not, nothing about the file changes.</param>
    public static LogSegment Open(string path, bool write = true)
    {
        var file = write
            ? File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.Read)
            : File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        return new LogSegment(path, file, RandomAccess.GetLength(file));
    }

    /// <summary>Begins to use the file for a segment; its header is durable when this returns.</summary>
    public void Begin(SegmentHeader header)
    {
        var block = new byte[SegmentHeader.BlockBytes];
        header.Write(block);
        RandomAccess.Write(_file, block, fileOffset: 0);
        FileSync.Data(_file);
        Header = header;
    }

    /// <summary>Reads what the header says.</summary>
    public SegmentHeaderState ReadHeader()
    {
        var block = new byte[SegmentHeader.BlockBytes];
        if (RandomAccess.Read(_file, block, fileOffset: 0) < block.Length)
        {
            return SegmentHeaderState.Damaged;
        }

        var state = SegmentHeader.Read(block, out var header);
        Header = header;
        NewerVersion = state == SegmentHeaderState.NewerVersion ? SegmentHeader.VersionOf(block) : 0;
        return state;
    }

    public void Write(ReadOnlySpan<byte> bytes, long offset) => RandomAccess.Write(_file, bytes, offset);

    /// <summary>Reads as much as there is, to the length of <paramref name="bytes"/>.</summary>
    /// <remarks>In small pieces, and offers the processor in between: who reads much of the log has time.</remarks>
    /// <returns>Bytes read; fewer than asked for only at the end of the file.</returns>
    public int Read(Span<byte> bytes, long offset)
    {
        var done = 0;
        while (done < bytes.Length)
        {
            var piece = bytes.Slice(done, Math.Min(SmallPieceBytes, bytes.Length - done));
            var count = RandomAccess.Read(_file, piece, offset + done);
            if (count == 0)
            {
                break;
            }

            done += count;
            if (done < bytes.Length)
            {
                Scheduling.OfferProcessor();
            }
        }

        return done;
    }

    public void Flush() => FileSync.Data(_file);

    /// <summary>Flushes all that was written to the file system this file is on.</summary>
    public void FlushFileSystem() => FileSync.FileSystem(_file);

    public void Dispose() => _file.Dispose();
}
