using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using Shoal.Protocol;

namespace Shoal.Engine.History;

/// <summary>Reads a pack file: its index, and the blocks that it is asked for.</summary>
/// <remarks>
/// Nothing it gives out is unverified: index entries have checksums, blocks have hashes. Owns: the file. Thread: safe for any.
/// </remarks>
internal sealed class PackReader : IDisposable
{
    private readonly SafeFileHandle _file;
    private readonly string _path;
    private readonly PackFooter _footer;

    private PackReader(string path, SafeFileHandle file, PackHeader header, PackFooter footer)
    {
        _path = path;
        _file = file;
        Header = header;
        _footer = footer;
    }

    public PackHeader Header { get; }

    /// <summary>The file's name, for messages.</summary>
    public string Name => Path.GetFileName(_path);

    /// <summary>Opens a pack.</summary>
    /// <exception cref="EngineException">It is missing, damaged or of a newer version.</exception>
    public static PackReader Open(string path)
    {
        SafeFileHandle file;
        try
        {
            file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, FileOptions.RandomAccess);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw Damaged(path, "it is missing");
        }

        try
        {
            Span<byte> head = stackalloc byte[PackHeader.Bytes];
            Span<byte> foot = stackalloc byte[PackFooter.Bytes];
            var length = RandomAccess.GetLength(file);
            if (length < PackHeader.Bytes + PackFooter.Bytes || RandomAccess.Read(file, head, 0) < head.Length
                || !PackHeader.Verifies(head))
            {
                throw Damaged(path, "its header does not verify");
            }

            if (PackHeader.VersionOf(head) > PackHeader.Version)
            {
                throw new EngineException(EngineErrorKind.Corruption, string.Create(CultureInfo.InvariantCulture,
                    $"the history pack {path} has version {PackHeader.VersionOf(head)}; this program knows {PackHeader.Version}"),
                    "Use the version of Shoal that wrote it, or a newer one. Nothing was changed.");
            }

            if (RandomAccess.Read(file, foot, length - foot.Length) < foot.Length || !PackFooter.TryRead(foot, out var footer)
                || footer.IndexOffset + (long)footer.EntryCount * PackEntry.Bytes + PackFooter.Bytes != length)
            {
                throw Damaged(path, "its end does not verify");
            }

            return new PackReader(path, file, PackHeader.Read(head), footer);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>The error for a pack that can not be used.</summary>
    public static PackDamagedException Damaged(string path, string why, DatabaseId? database = null) => new(path, why, database);

    /// <summary>The whole index.</summary>
    /// <exception cref="EngineException">An entry does not verify.</exception>
    /// <param name="entriesAtOnce">How many entries one read gets.</param>
    public IEnumerable<PackEntry> ReadIndex(int entriesAtOnce = 512)
    {
        var buffer = new byte[entriesAtOnce * PackEntry.Bytes];
        for (uint index = 0; index < _footer.EntryCount; index += (uint)entriesAtOnce)
        {
            var count = (int)Math.Min(entriesAtOnce, _footer.EntryCount - index);
            ReadExactly(buffer.AsSpan(0, count * PackEntry.Bytes), OffsetOf(index));
            for (var entry = 0; entry < count; entry++)
            {
                yield return ToEntry(buffer.AsSpan(entry * PackEntry.Bytes, PackEntry.Bytes));
            }
        }
    }

    /// <summary>The entries of one database, in order. Cost: some twenty small reads.</summary>
    /// <exception cref="EngineException">An entry does not verify.</exception>
    public IReadOnlyList<PackEntry> Find(DatabaseId database)
    {
        uint low = 0;
        var high = _footer.EntryCount;
        while (low < high)
        {
            var middle = low + (high - low) / 2;
            if (ReadEntry(middle).Database.Value.CompareTo(database.Value) < 0)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        var found = new List<PackEntry>();
        for (; low < _footer.EntryCount && ReadEntry(low) is { } entry && entry.Database == database; low++)
        {
            found.Add(entry);
        }

        return found;
    }

    /// <summary>A block as it is stored, verified.</summary>
    public byte[] ReadStored(PackEntry entry)
    {
        var stored = new byte[entry.StoredBytes];
        ReadExactly(stored, entry.Offset);
        if (!SHA256.HashData(stored).AsSpan().SequenceEqual(entry.Hash.Span))
        {
            throw Damaged(_path, string.Create(CultureInfo.InvariantCulture,
                $"the block at offset {entry.Offset} does not have the hash that the index says"), entry.Database);
        }

        return stored;
    }

    /// <summary>A block's parts, one after the other.</summary>
    /// <exception cref="EngineException">It does not verify.</exception>
    public byte[] ReadBlock(PackEntry entry)
    {
        var stored = ReadStored(entry);
        var raw = new byte[entry.RawBytes];
        if (!BrotliDecoder.TryDecompress(stored, raw, out var written) || written != raw.Length)
        {
            throw Damaged(_path, string.Create(CultureInfo.InvariantCulture,
                $"the block at offset {entry.Offset} can not be decompressed"), entry.Database);
        }

        return raw;
    }

    /// <summary>Whether a block has the state after a commit. Cost: reads the block when it leaves commits out.</summary>
    public bool Holds(PackEntry entry, ulong number)
    {
        if (number < entry.First || number > entry.Last
            || (number == entry.First && entry.Flags.HasFlag(PackEntryFlags.ContinuesBefore)))
        {
            return false;
        }

        if (!entry.Flags.HasFlag(PackEntryFlags.Sparse) || number == entry.First || number == entry.Last)
        {
            return true;
        }

        ReadOnlySpan<byte> block = ReadBlock(entry);
        while (!block.IsEmpty)
        {
            if (PackPart.Take(ref block, out _).Number == number)
            {
                return true;
            }
        }

        return false;
    }

    public void Dispose() => _file.Dispose();

    private long OffsetOf(uint index) => _footer.IndexOffset + (long)index * PackEntry.Bytes;

    private PackEntry ReadEntry(uint index)
    {
        Span<byte> bytes = stackalloc byte[PackEntry.Bytes];
        ReadExactly(bytes, OffsetOf(index));
        return ToEntry(bytes);
    }

    private PackEntry ToEntry(ReadOnlySpan<byte> bytes) =>
        PackEntry.Read(bytes) ?? throw Damaged(_path, "its index does not verify");

    private void ReadExactly(Span<byte> target, long offset)
    {
        while (!target.IsEmpty)
        {
            var count = RandomAccess.Read(_file, target, offset);
            if (count == 0)
            {
                throw Damaged(_path, "it is shorter than its index says");
            }

            target = target[count..];
            offset += count;
        }
    }
}
