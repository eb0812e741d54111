using System.Buffers.Binary;

namespace Shoal.PowerCut.Load;

/// <summary>Something the load has seen, written to the recording at that moment: it must survive any later cut.</summary>
/// <param name="Kind">What it was.</param>
/// <param name="Database">The number of the database.</param>
/// <param name="Commits">How many of its transactions were acknowledged or seen; of a restore, the number of its commit.</param>
internal readonly record struct Mark(MarkKind Kind, int Database, int Commits)
{
    public const int Bytes = 12;

    public static Mark Read(ReadOnlySpan<byte> bytes) => new(
        (MarkKind)BinaryPrimitives.ReadInt32LittleEndian(bytes),
        BinaryPrimitives.ReadInt32LittleEndian(bytes[4..]),
        BinaryPrimitives.ReadInt32LittleEndian(bytes[8..]));

    public void Write(Span<byte> bytes)
    {
        BinaryPrimitives.WriteInt32LittleEndian(bytes, (int)Kind);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[4..], Database);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[8..], Commits);
    }
}
