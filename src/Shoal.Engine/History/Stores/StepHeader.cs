using System.Buffers.Binary;
using Shoal.Engine.Log;

namespace Shoal.Engine.History.Stores;

/// <summary>The head of a step of a history store.</summary>
/// <remarks>Shape: see <c>docs/formats/history-store.md</c>.</remarks>
/// <param name="Kind">What follows.</param>
/// <param name="Number">Which step it is.</param>
/// <param name="Manifest">The newest step up to it that is a manifest; for a manifest its own number.</param>
/// <param name="Node">Who wrote it.</param>
/// <param name="Time">All commits until then are in it and before. Units: microseconds since 1970.</param>
/// <param name="ContentCrc">CRC of what follows.</param>
internal readonly record struct StepHeader(StepKind Kind, ulong Number, ulong Manifest, Guid Node, long Time, uint ContentCrc)
{
    public const int Bytes = 64;
    public const uint Version = 1;
    private const ulong Magic = 0x5045_5453_4C4F_4853;

    /// <summary>A step: head and content.</summary>
    public static byte[] Compose(StepKind kind, ulong number, ulong manifest, Guid node, long time, ReadOnlySpan<byte> content)
    {
        var step = new byte[Bytes + content.Length];
        content.CopyTo(step.AsSpan(Bytes));
        new StepHeader(kind, number, manifest, node, time, Crc32C.Append(0, content)).Write(step);
        return step;
    }

    /// <summary>Reads a head.</summary>
    /// <exception cref="FormatException">It is none, damaged, or of a newer version.</exception>
    public static StepHeader Read(ReadOnlySpan<byte> source)
    {
        if (source.Length < Bytes || BinaryPrimitives.ReadUInt64LittleEndian(source) != Magic
            || BinaryPrimitives.ReadUInt32LittleEndian(source[60..]) != Crc32C.Append(0, source[..60]))
        {
            throw new FormatException("its head does not verify");
        }

        var version = BinaryPrimitives.ReadUInt32LittleEndian(source[8..]);
        return version > Version
            ? throw new FormatException($"it has version {version}; this program knows {Version}")
            : new StepHeader(
                (StepKind)BinaryPrimitives.ReadUInt32LittleEndian(source[12..]),
                BinaryPrimitives.ReadUInt64LittleEndian(source[16..]),
                BinaryPrimitives.ReadUInt64LittleEndian(source[24..]),
                new Guid(source[32..48], bigEndian: true),
                BinaryPrimitives.ReadInt64LittleEndian(source[48..]),
                BinaryPrimitives.ReadUInt32LittleEndian(source[56..]));
    }

    private void Write(Span<byte> target)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(target, Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(target[8..], Version);
        BinaryPrimitives.WriteUInt32LittleEndian(target[12..], (uint)Kind);
        BinaryPrimitives.WriteUInt64LittleEndian(target[16..], Number);
        BinaryPrimitives.WriteUInt64LittleEndian(target[24..], Manifest);
        Node.TryWriteBytes(target[32..], bigEndian: true, out _);
        BinaryPrimitives.WriteInt64LittleEndian(target[48..], Time);
        BinaryPrimitives.WriteUInt32LittleEndian(target[56..], ContentCrc);
        BinaryPrimitives.WriteUInt32LittleEndian(target[60..], Crc32C.Append(0, target[..60]));
    }
}
