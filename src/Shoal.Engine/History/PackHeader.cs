using System.Buffers.Binary;
using Shoal.Engine.Log;

namespace Shoal.Engine.History;

/// <summary>The head of a pack file.</summary>
/// <remarks>Shape: see <c>docs/formats/history-pack.md</c>.</remarks>
/// <param name="Level">What kind of pack it is.</param>
/// <param name="LogEpoch">Epoch of the log's owner.</param>
/// <param name="First">Where the part of the log begins that it was made of.</param>
/// <param name="Last">Where that ends.</param>
internal readonly record struct PackHeader(PackLevel Level, uint LogEpoch, LogPosition First, LogPosition Last)
{
    public const int Bytes = 64;
    public const uint Version = 2;
    private const ulong Magic = 0x4B43_504C_414F_4853;

    /// <summary>The version that a head says it is of.</summary>
    public static uint VersionOf(ReadOnlySpan<byte> source) => BinaryPrimitives.ReadUInt32LittleEndian(source[8..]);

    /// <summary>Whether a head verifies, of whatever version.</summary>
    public static bool Verifies(ReadOnlySpan<byte> source) => BinaryPrimitives.ReadUInt64LittleEndian(source) == Magic
        && BinaryPrimitives.ReadUInt32LittleEndian(source[60..]) == Crc32C.Append(0, source[..60]);

    public static PackHeader Read(ReadOnlySpan<byte> source) => new(
        (PackLevel)BinaryPrimitives.ReadUInt32LittleEndian(source[12..]),
        BinaryPrimitives.ReadUInt32LittleEndian(source[16..]),
        new LogPosition(BinaryPrimitives.ReadUInt64LittleEndian(source[24..])),
        new LogPosition(BinaryPrimitives.ReadUInt64LittleEndian(source[32..])));

    public void Write(Span<byte> target)
    {
        target[..Bytes].Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(target, Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(target[8..], Version);
        BinaryPrimitives.WriteUInt32LittleEndian(target[12..], (uint)Level);
        BinaryPrimitives.WriteUInt32LittleEndian(target[16..], LogEpoch);
        BinaryPrimitives.WriteUInt64LittleEndian(target[24..], First.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(target[32..], Last.Value);
        BinaryPrimitives.WriteUInt32LittleEndian(target[60..], Crc32C.Append(0, target[..60]));
    }
}
