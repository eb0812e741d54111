using System.Buffers.Binary;

namespace Shoal.Engine.Log;

/// <summary>The head of a segment file; written and flushed before the segment's first record.</summary>
/// <remarks>Shape: see <c>docs/formats/commit-log.md</c>; two copies, in the first two sectors.</remarks>
/// <param name="Epoch">Owner's epoch; grows with each change of the log's owner.</param>
/// <param name="Sequence">Which segment of the log this is, from 1.</param>
/// <param name="Salt">Random; seeds every checksum in the segment, so that what an earlier use left behind never verifies.</param>
/// <param name="PreviousEnd">End of the last record of the segment before.</param>
/// <param name="OldestNeeded">Where recovery had to start when this segment was begun.</param>
/// <param name="LengthBytes">Length of the file; shorter means that it was cut. 0 when not known.</param>
internal readonly record struct SegmentHeader(
    uint Epoch, uint Sequence, ulong Salt, LogPosition PreviousEnd, LogPosition OldestNeeded, long LengthBytes)
{
    public const int BlockBytes = 4096;
    public const int CopyBytes = 64;
    public const int CopyStride = 512;
    public const uint Version = 1;
    private const ulong Magic = 0x474F_4C4C_414F_4853;

    /// <summary>What the first record's chain starts from.</summary>
    public uint ChainSeed => (uint)Salt ^ (uint)(Salt >> 32);

    /// <summary>Where the segment's first record is.</summary>
    public LogPosition FirstRecord => new(Sequence, BlockBytes);

    /// <summary>Writes both copies into the segment's first block.</summary>
    public void Write(Span<byte> block)
    {
        block[..BlockBytes].Clear();
        var copy = block[..CopyBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(copy, Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(copy[8..], Version);
        BinaryPrimitives.WriteUInt32LittleEndian(copy[12..], Epoch);
        BinaryPrimitives.WriteUInt64LittleEndian(copy[16..], Sequence);
        BinaryPrimitives.WriteUInt64LittleEndian(copy[24..], Salt);
        BinaryPrimitives.WriteUInt64LittleEndian(copy[32..], PreviousEnd.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(copy[40..], OldestNeeded.Value);
        BinaryPrimitives.WriteInt64LittleEndian(copy[48..], LengthBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(copy[60..], Crc32C.Append(0, copy[..60]));
        copy.CopyTo(block[CopyStride..]);
    }

    /// <summary>The version that a block says it is of; for one whose header is of a newer version.</summary>
    public static uint VersionOf(ReadOnlySpan<byte> block) => BinaryPrimitives.ReadUInt32LittleEndian(block[8..]);

    /// <summary>Reads the newer of the copies that verify.</summary>
    public static SegmentHeaderState Read(ReadOnlySpan<byte> block, out SegmentHeader header)
    {
        var first = ReadCopy(block, out var one);
        var second = ReadCopy(block[CopyStride..], out var two);
        header = second == SegmentHeaderState.Valid && (first != SegmentHeaderState.Valid || two.Sequence > one.Sequence)
            ? two
            : one;
        return first == SegmentHeaderState.Valid || second == SegmentHeaderState.Valid
            ? SegmentHeaderState.Valid
            : first == SegmentHeaderState.NewerVersion ? first
            : block[..(CopyStride + CopyBytes)].ContainsAnyExcept((byte)0) ? SegmentHeaderState.Damaged
            : SegmentHeaderState.NeverUsed;
    }

    private static SegmentHeaderState ReadCopy(ReadOnlySpan<byte> copy, out SegmentHeader header)
    {
        header = default;
        if (BinaryPrimitives.ReadUInt64LittleEndian(copy) != Magic
            || BinaryPrimitives.ReadUInt32LittleEndian(copy[60..]) != Crc32C.Append(0, copy[..60]))
        {
            return SegmentHeaderState.Damaged;
        }

        if (BinaryPrimitives.ReadUInt32LittleEndian(copy[8..]) > Version)
        {
            return SegmentHeaderState.NewerVersion;
        }

        header = new SegmentHeader(
            BinaryPrimitives.ReadUInt32LittleEndian(copy[12..]),
            (uint)BinaryPrimitives.ReadUInt64LittleEndian(copy[16..]),
            BinaryPrimitives.ReadUInt64LittleEndian(copy[24..]),
            new LogPosition(BinaryPrimitives.ReadUInt64LittleEndian(copy[32..])),
            new LogPosition(BinaryPrimitives.ReadUInt64LittleEndian(copy[40..])),
            BinaryPrimitives.ReadInt64LittleEndian(copy[48..]));
        return SegmentHeaderState.Valid;
    }
}
