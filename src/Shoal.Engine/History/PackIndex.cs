using Shoal.Protocol;

namespace Shoal.Engine.History;

/// <summary>The index of a pack in memory, verified. Immutable, as packs are.</summary>
internal sealed class PackIndex
{
    /// <summary>A larger one is read where it is needed. It is 4 MiB.</summary>
    public const uint EntriesMax = 32 * 1024;

    private readonly byte[] _entries;

    private PackIndex(byte[] entries) => _entries = entries;

    /// <summary>Units: bytes.</summary>
    public int Length => _entries.Length;

    private int Count => _entries.Length / PackEntry.Bytes;

    /// <summary>Takes the bytes of an index; null when an entry does not verify.</summary>
    public static PackIndex? TryRead(byte[] entries)
    {
        for (var offset = 0; offset < entries.Length; offset += PackEntry.Bytes)
        {
            if (!PackEntry.Verifies(entries.AsSpan(offset, PackEntry.Bytes)))
            {
                return null;
            }
        }

        return new PackIndex(entries);
    }

    /// <summary>The entries of one database, in order.</summary>
    public IEnumerable<PackEntry> Find(DatabaseId database)
    {
        var (low, high) = (0, Count);
        while (low < high)
        {
            var middle = low + (high - low) / 2;
            (low, high) = PackEntry.DatabaseOf(At(middle)).CompareTo(database.Value) < 0 ? (middle + 1, high) : (low, middle);
        }

        for (; low < Count && PackEntry.DatabaseOf(At(low)) == database.Value; low++)
        {
            yield return PackEntry.Read(At(low))!;
        }
    }

    private ReadOnlySpan<byte> At(int entry) => _entries.AsSpan(entry * PackEntry.Bytes, PackEntry.Bytes);
}
