using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using Shoal.Protocol;
using Shoal.Sqlite.Threads;

namespace Shoal.Engine.History;

/// <summary>Reads a pack file: its index, and the blocks that it is asked for.</summary>
/// <remarks>
/// Nothing it gives out is unverified: index entries have checksums, blocks have hashes. Owns: the file. Thread: safe for any.
/// </remarks>
internal sealed class PackReader : IDisposable
{
    /// <summary>What is worked on before others get a turn: a tenth of a millisecond. Units: bytes.</summary>
    private const int StepBytes = 64 * 1024;

    private readonly SafeFileHandle _file;
    private readonly string _path;
    private readonly PackFooter _footer;

    private readonly Action _offer;

    private PackReader(string path, SafeFileHandle file, PackHeader header, PackFooter footer, Action? rest)
    {
        _offer = rest ?? Scheduling.OfferProcessor;
        _path = path;
        _file = file;
        Header = header;
        _footer = footer;
    }

    public PackHeader Header { get; }

    /// <summary>The file's name, for messages.</summary>
    public string Name => Path.GetFileName(_path);

    /// <summary>Opens a pack.</summary>
    /// <param name="path">The file.</param>
    /// <param name="rest">Called every few hundred microseconds of work; null to offer the processor to others.</param>
    /// <exception cref="EngineException">It is missing, damaged or of a newer version.</exception>
    public static PackReader Open(string path, Action? rest = null)
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

            return new PackReader(path, file, PackHeader.Read(head), footer, rest);
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

    /// <summary>The whole index in memory; null when it is too large for that, or an entry does not verify.</summary>
    /// <exception cref="EngineException">The file is too short.</exception>
    public PackIndex? LoadIndex()
    {
        if (_footer.EntryCount > PackIndex.EntriesMax)
        {
            return null;
        }

        var bytes = new byte[_footer.EntryCount * PackEntry.Bytes];
        ReadExactly(bytes, _footer.IndexOffset);
        return PackIndex.TryRead(bytes);
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
    /// <param name="entry">Which.</param>
    /// <param name="buffer">Where it is until the next one is read.</param>
    /// <exception cref="EngineException">It does not verify.</exception>
    public ReadOnlyMemory<byte> ReadStored(PackEntry entry, BlockBuffer buffer)
    {
        var memory = buffer.Stored(entry.StoredBytes);
        var stored = memory.Span;
        ReadExactly(stored, entry.Offset);
        if (!Hash(stored).AsSpan().SequenceEqual(entry.Hash.Span))
        {
            throw Damaged(_path, string.Create(CultureInfo.InvariantCulture,
                $"the block at offset {entry.Offset} does not have the hash that the index says"), entry.Database);
        }

        return memory;
    }

    /// <inheritdoc cref="ReadBlock(PackEntry, BlockBuffer, Predicate{PackPart})"/>
    public ReadOnlyMemory<byte> ReadBlock(PackEntry entry) => ReadBlock(entry, new BlockBuffer());

    /// <summary>A block's parts, one after the other.</summary>
    /// <param name="entry">Which.</param>
    /// <param name="buffer">Where it is until the next one is read.</param>
    /// <param name="isBeyond">
    /// Says of a part that neither it nor any later one is needed; null to need all. All of the block has to verify nonetheless.
    /// </param>
    /// <exception cref="EngineException">It does not verify.</exception>
    public ReadOnlyMemory<byte> ReadBlock(PackEntry entry, BlockBuffer buffer, Predicate<PackPart>? isBeyond = null)
    {
        var stored = ReadStored(entry, buffer);
        var raw = buffer.Raw(entry.RawBytes);
        buffer.Decoder.Begin(entry.Flags.HasFlag(PackEntryFlags.Zstandard));
        return Decompress(buffer.Decoder, stored.Span, raw.Span, isBeyond) is { } length
            ? raw[..length]
            : throw Damaged(_path, string.Create(CultureInfo.InvariantCulture,
                $"the block at offset {entry.Offset} can not be decompressed"), entry.Database);
    }

    private byte[] Hash(ReadOnlySpan<byte> stored)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (; !stored.IsEmpty; stored = stored[Math.Min(stored.Length, StepBytes)..])
        {
            hash.AppendData(stored[..Math.Min(stored.Length, StepBytes)]);
            _offer();
        }

        return hash.GetHashAndReset();
    }

    /// <summary>In steps, so that whoever has something short to do need not wait for the whole block.</summary>
    /// <returns>Length of the parts that are needed; null when it can not be decompressed.</returns>
    private int? Decompress(BlockDecoder decoder, ReadOnlySpan<byte> stored, Span<byte> raw, Predicate<PackPart>? isBeyond)
    {
        var (length, next) = (0, 0);
        while (true)
        {
            var step = raw[length..Math.Min(raw.Length, length + StepBytes)];
            var status = decoder.Decompress(stored, step, out var consumed, out var written);
            stored = stored[consumed..];
            length += written;
            _offer();
            while (isBeyond is not null && length - next >= PackPart.Bytes)
            {
                var part = PackPart.Peek(raw[next..length], raw.Length - next);
                if (isBeyond(part))
                {
                    return next;
                }

                next += PackPart.Bytes + part.BodyBytes;
            }

            if (status == OperationStatus.Done)
            {
                return length == raw.Length ? length : null;
            }

            if (status == OperationStatus.InvalidData || (consumed == 0 && written == 0))
            {
                return null;
            }
        }
    }

    /// <summary>The heads of a block's parts.</summary>
    /// <param name="entry">Which block.</param>
    /// <param name="isBeyond">Says of a part that neither it nor any later one is wanted.</param>
    /// <exception cref="EngineException">It does not verify.</exception>
    public List<PackPart> ReadParts(PackEntry entry, Predicate<PackPart>? isBeyond = null)
    {
        var parts = new List<PackPart>();
        var buffer = new BlockBuffer();
        var block = ReadBlock(entry, buffer, isBeyond).Span;
        while (!block.IsEmpty)
        {
            parts.Add(PackPart.Take(ref block, out _));
        }

        buffer.Return();
        return parts;
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

        return ReadParts(entry, part => part.Number > number).Exists(part => part.Number == number);
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
