using System.Buffers.Binary;
using Shoal.Engine.Log;

namespace Shoal.Engine.History;

/// <summary>The last bytes of a pack file: where its index is.</summary>
/// <remarks>Shape: see <c>docs/formats/history-pack.md</c>.</remarks>
/// <param name="IndexOffset">Where the index begins. Units: bytes.</param>
/// <param name="EntryCount">Entries of the index.</param>
internal readonly record struct PackFooter(long IndexOffset, uint EntryCount)
{
    public const int Bytes = 64;
    private const ulong Magic = 0x444E_454C_414F_4853;

    public static bool TryRead(ReadOnlySpan<byte> source, out PackFooter footer)
    {
        footer = new PackFooter(BinaryPrimitives.ReadInt64LittleEndian(source[16..]),
            BinaryPrimitives.ReadUInt32LittleEndian(source[12..]));
        return BinaryPrimitives.ReadUInt64LittleEndian(source) == Magic
            && BinaryPrimitives.ReadUInt32LittleEndian(source[60..]) == Crc32C.Append(0, source[..60]);
    }

    public void Write(Span<byte> target)
    {
        target[..Bytes].Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(target, Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(target[8..], PackHeader.Version);
        BinaryPrimitives.WriteUInt32LittleEndian(target[12..], EntryCount);
        BinaryPrimitives.WriteInt64LittleEndian(target[16..], IndexOffset);
        BinaryPrimitives.WriteUInt32LittleEndian(target[60..], Crc32C.Append(0, target[..60]));
    }
}
