using System.Buffers.Binary;
using Shoal.Engine.Log;
using Shoal.Protocol;

namespace Shoal.Engine.History;

/// <summary>An entry of a pack's index: one block, and which commits of which database are in it.</summary>
/// <remarks>Shape: see <c>docs/formats/history-pack.md</c>.</remarks>
internal sealed record PackEntry
{
    public const int Bytes = 128;
    public const int HashBytes = 32;
    private const int HashOffset = 92;
    private const int CrcOffset = 124;

    public required DatabaseId Database { get; init; }

    public required PackEntryKind Kind { get; init; }

    public PackEntryFlags Flags { get; init; }

    /// <summary>Epoch of the bookmarks of its commits.</summary>
    public required uint Epoch { get; init; }

    public required uint PageBytes { get; init; }

    /// <summary>The commit whose state the first one builds on; of a snapshot its own number.</summary>
    public required ulong Follows { get; init; }

    /// <summary>Number of the first commit.</summary>
    public required ulong First { get; init; }

    /// <summary>Number of the last commit.</summary>
    public required ulong Last { get; init; }

    /// <summary>Time of the first commit. Units: microseconds since 1970.</summary>
    public required long FirstTime { get; init; }

    /// <summary>Time of the last commit. Units: microseconds since 1970.</summary>
    public required long LastTime { get; init; }

    /// <summary>Where the block begins. Units: bytes.</summary>
    public required long Offset { get; init; }

    /// <summary>Its length as it is stored. Units: bytes.</summary>
    public required int StoredBytes { get; init; }

    /// <summary>Its length uncompressed. Units: bytes.</summary>
    public required int RawBytes { get; init; }

    /// <summary>Size of the database after the last commit. Units: pages.</summary>
    public required uint SizeAfterPages { get; init; }

    /// <summary>The commit that must be there for this block to be of use.</summary>
    /// <remarks>The beginning of a commit that began in the block before is in that one; see <see cref="CommitGroup"/>.</remarks>
    public ulong BuildsOn => Flags.HasFlag(PackEntryFlags.ContinuesBefore) ? First : Follows;

    /// <summary>SHA-256 of the block as it is stored.</summary>
    public required ReadOnlyMemory<byte> Hash { get; init; }

    /// <summary>Whether nobody needs it who needs nothing older than a snapshot.</summary>
    /// <remarks>The snapshot itself is needed, the commits before it are not.</remarks>
    public bool IsBefore((uint Epoch, ulong Number) snapshot) => Kind == PackEntryKind.Snapshot
        ? (Epoch, Last).CompareTo(snapshot) < 0
        : (Epoch, Last).CompareTo(snapshot) <= 0;

    /// <summary>Order of the index: by database, then by age.</summary>
    public static int Compare(PackEntry left, PackEntry right)
    {
        var order = left.Database.Value.CompareTo(right.Database.Value);
        order = order != 0 ? order : left.Epoch.CompareTo(right.Epoch);
        order = order != 0 ? order : left.First.CompareTo(right.First);
        order = order != 0 ? order : left.Kind.CompareTo(right.Kind);
        return order != 0 ? order : left.Offset.CompareTo(right.Offset);
    }

    /// <summary>Whether an entry is as it was written.</summary>
    public static bool Verifies(ReadOnlySpan<byte> source) =>
        BinaryPrimitives.ReadUInt32LittleEndian(source[CrcOffset..]) == Crc32C.Append(0, source[..CrcOffset]);

    /// <summary>The database of an entry.</summary>
    public static Guid DatabaseOf(ReadOnlySpan<byte> source) => new(source[..16], bigEndian: true);

    /// <summary>Reads an entry; null when it does not verify.</summary>
    public static PackEntry? Read(ReadOnlySpan<byte> source) =>
        !Verifies(source) ? null : new PackEntry
        {
            Database = new DatabaseId(DatabaseOf(source)),
            Kind = (PackEntryKind)BinaryPrimitives.ReadUInt32LittleEndian(source[16..]),
            Flags = (PackEntryFlags)BinaryPrimitives.ReadUInt32LittleEndian(source[20..]),
            Epoch = BinaryPrimitives.ReadUInt32LittleEndian(source[24..]),
            PageBytes = BinaryPrimitives.ReadUInt32LittleEndian(source[28..]),
            Follows = BinaryPrimitives.ReadUInt64LittleEndian(source[32..]),
            First = BinaryPrimitives.ReadUInt64LittleEndian(source[40..]),
            Last = BinaryPrimitives.ReadUInt64LittleEndian(source[48..]),
            FirstTime = BinaryPrimitives.ReadInt64LittleEndian(source[56..]),
            LastTime = BinaryPrimitives.ReadInt64LittleEndian(source[64..]),
            Offset = BinaryPrimitives.ReadInt64LittleEndian(source[72..]),
            StoredBytes = BinaryPrimitives.ReadInt32LittleEndian(source[80..]),
            RawBytes = BinaryPrimitives.ReadInt32LittleEndian(source[84..]),
            SizeAfterPages = BinaryPrimitives.ReadUInt32LittleEndian(source[88..]),
            Hash = source.Slice(HashOffset, HashBytes).ToArray(),
        };

    public void Write(Span<byte> target)
    {
        Database.Value.TryWriteBytes(target[..16], bigEndian: true, out _);
        BinaryPrimitives.WriteUInt32LittleEndian(target[16..], (uint)Kind);
        BinaryPrimitives.WriteUInt32LittleEndian(target[20..], (uint)Flags);
        BinaryPrimitives.WriteUInt32LittleEndian(target[24..], Epoch);
        BinaryPrimitives.WriteUInt32LittleEndian(target[28..], PageBytes);
        BinaryPrimitives.WriteUInt64LittleEndian(target[32..], Follows);
        BinaryPrimitives.WriteUInt64LittleEndian(target[40..], First);
        BinaryPrimitives.WriteUInt64LittleEndian(target[48..], Last);
        BinaryPrimitives.WriteInt64LittleEndian(target[56..], FirstTime);
        BinaryPrimitives.WriteInt64LittleEndian(target[64..], LastTime);
        BinaryPrimitives.WriteInt64LittleEndian(target[72..], Offset);
        BinaryPrimitives.WriteInt32LittleEndian(target[80..], StoredBytes);
        BinaryPrimitives.WriteInt32LittleEndian(target[84..], RawBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(target[88..], SizeAfterPages);
        Hash.Span.CopyTo(target[HashOffset..]);
        BinaryPrimitives.WriteUInt32LittleEndian(target[CrcOffset..], Crc32C.Append(0, target[..CrcOffset]));
    }
}
