using System.Buffers.Binary;
using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace Shoal.Client.Buffering;

/// <summary>A file of a spool. Records are appended, never changed; the file goes when all its items are settled.</summary>
/// <remarks>Thread: not safe, but for <see cref="Flush"/>.</remarks>
internal sealed class SpoolSegment : IDisposable
{
    public const int HeaderBytes = 40;

    private const uint Version = 1;

    private readonly SafeFileHandle _file;

    private SpoolSegment(string path, SafeFileHandle file, Guid id, long first, long length)
    {
        Path = path;
        _file = file;
        Id = id;
        First = first;
        Length = length;
    }

    private static ReadOnlySpan<byte> Magic => "SHLSPOOL"u8;

    public string Path { get; }

    /// <summary>Of the spool; the same in all its files.</summary>
    public Guid Id { get; }

    /// <summary>The number of the first item that may stand in it.</summary>
    public long First { get; }

    /// <summary>Units: bytes.</summary>
    public long Length { get; private set; }

    /// <summary>Items in it that are not settled.</summary>
    public long UnsettledCount { get; set; }

    public static SpoolSegment Create(string folder, Guid id, long first)
    {
        var path = System.IO.Path.Combine(folder, first.ToString("D19", CultureInfo.InvariantCulture) + ".spool");
        var header = new byte[HeaderBytes];
        Magic.CopyTo(header);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(8), Version);
        id.TryWriteBytes(header.AsSpan(12));
        BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(28), first);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(36), SpoolRecord.Checksum(header.AsSpan(0, 36)));

        // A file whose creation was cut off has no whole header; it is written anew.
        var file = File.OpenHandle(path, FileMode.Create, FileAccess.ReadWrite, FileShare.Read);
        RandomAccess.Write(file, header, 0);
        return new SpoolSegment(path, file, id, first, HeaderBytes);
    }

    /// <summary>Opens a file; null when its creation was cut off.</summary>
    /// <exception cref="IOException">It is no file of a spool.</exception>
    public static SpoolSegment? TryOpen(string path)
    {
        var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.Read);
        try
        {
            var length = RandomAccess.GetLength(file);
            var header = new byte[HeaderBytes];
            if (length < HeaderBytes || RandomAccess.Read(file, header, 0) < HeaderBytes)
            {
                file.Dispose();
                return null;
            }

            if (!header.AsSpan(0, 8).SequenceEqual(Magic)
                || BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(36)) != SpoolRecord.Checksum(header.AsSpan(0, 36)))
            {
                throw new IOException($"{path} is no file of a spool, or its header is damaged. Hint: move it away");
            }

            var version = BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(8));
            return version == Version
                ? new SpoolSegment(path, file, new Guid(header.AsSpan(12, 16)),
                    BinaryPrimitives.ReadInt64LittleEndian(header.AsSpan(28)), length)
                : throw new IOException($"{path} has version {version} of the format; this program knows {Version}. Hint: use a newer one");
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>All records, in order.</summary>
    /// <param name="isLast">Whether an end that is cut off is cut off for good; otherwise it is an error.</param>
    /// <param name="cut">Told of a cut: where, and how many bytes.</param>
    /// <exception cref="IOException">It is damaged.</exception>
    public IEnumerable<SpoolRecord> Read(bool isLast, Action<long, long>? cut = null)
    {
        var bytes = new byte[Length];
        var count = 0;
        while (count < bytes.Length && RandomAccess.Read(_file, bytes.AsSpan(count), count) is > 0 and var read)
        {
            count += read;
        }

        var offset = HeaderBytes;
        while (offset < bytes.Length)
        {
            var rest = bytes.AsMemory(offset);
            if (SpoolRecord.TryRead(rest, out var record, out var length))
            {
                yield return record;
                offset += (int)length;
                continue;
            }

            if (!isLast || (length < rest.Length && rest.Span.ContainsAnyExcept((byte)0)))
            {
                throw new IOException($"{Path} is damaged at offset {offset}. Hint: move it away; its rows from there on are lost");
            }

            RandomAccess.SetLength(_file, offset);
            Length = offset;
            cut?.Invoke(offset, rest.Length);
            yield break;
        }
    }

    public void Append(byte[] record)
    {
        try
        {
            RandomAccess.Write(_file, record, Length);
        }
        catch
        {
            // Half a record must not stand before the next one.
            RandomAccess.SetLength(_file, Length);
            throw;
        }

        Length += record.Length;
    }

    public void Flush() => RandomAccess.FlushToDisk(_file);

    public void Delete()
    {
        _file.Dispose();
        File.Delete(Path);
    }

    public void Dispose() => _file.Dispose();
}
