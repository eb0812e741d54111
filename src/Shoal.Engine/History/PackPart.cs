using System.Buffers.Binary;
using Shoal.Engine.Log;

namespace Shoal.Engine.History;

/// <summary>The head of a part of a commit inside of a block; its body is that of a record of the commit log.</summary>
/// <remarks>Shape: see <c>docs/formats/history-pack.md</c>.</remarks>
/// <param name="Number">Which commit.</param>
/// <param name="Follows">The commit whose state this one builds on.</param>
/// <param name="Time">Units: microseconds since 1970.</param>
/// <param name="SizeAfterPages">Size of the database after the commit.</param>
/// <param name="PageBytes">Size of a page.</param>
/// <param name="PageCount">Pages in the body.</param>
/// <param name="Continues">Whether another part of the same commit follows.</param>
internal readonly record struct PackPart(
    ulong Number, ulong Follows, long Time, uint SizeAfterPages, uint PageBytes, uint PageCount, bool Continues)
{
    public const int Bytes = 40;

    /// <summary>Length of the body. Units: bytes.</summary>
    public int BodyBytes => LogRecordHeader.TableBytes((int)PageCount) + (int)PageCount * (int)PageBytes;

    /// <summary>Reads the part at the beginning of what is left of a block.</summary>
    /// <param name="block">What is left; moved behind the part.</param>
    /// <param name="body">Its body.</param>
    /// <exception cref="InvalidDataException">The block ends in the middle of it.</exception>
    public static PackPart Take(ref ReadOnlySpan<byte> block, out ReadOnlySpan<byte> body)
    {
        var part = Peek(block, block.Length);
        body = block.Slice(Bytes, part.BodyBytes);
        block = block[(Bytes + part.BodyBytes)..];
        return part;
    }

    /// <summary>Reads the head of a part of which perhaps only the beginning is there.</summary>
    /// <param name="block">What there is of the rest of the block.</param>
    /// <param name="length">How long the rest of the block is.</param>
    /// <exception cref="InvalidDataException">The block ends in the middle of the part.</exception>
    public static PackPart Peek(ReadOnlySpan<byte> block, int length)
    {
        if (block.Length < Bytes)
        {
            throw new InvalidDataException("a block ends in the middle of a part");
        }

        var part = new PackPart(
            BinaryPrimitives.ReadUInt64LittleEndian(block),
            BinaryPrimitives.ReadUInt64LittleEndian(block[8..]),
            BinaryPrimitives.ReadInt64LittleEndian(block[16..]),
            BinaryPrimitives.ReadUInt32LittleEndian(block[24..]),
            BinaryPrimitives.ReadUInt32LittleEndian(block[28..]),
            BinaryPrimitives.ReadUInt32LittleEndian(block[32..]),
            BinaryPrimitives.ReadUInt32LittleEndian(block[36..]) != 0);
        if (part.PageBytes > 65_536 || part.PageCount > length / 4 || part.BodyBytes > length - Bytes)
        {
            throw new InvalidDataException("a block ends in the middle of a part");
        }

        return part;
    }

    public void Write(Span<byte> target)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(target, Number);
        BinaryPrimitives.WriteUInt64LittleEndian(target[8..], Follows);
        BinaryPrimitives.WriteInt64LittleEndian(target[16..], Time);
        BinaryPrimitives.WriteUInt32LittleEndian(target[24..], SizeAfterPages);
        BinaryPrimitives.WriteUInt32LittleEndian(target[28..], PageBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(target[32..], PageCount);
        BinaryPrimitives.WriteUInt32LittleEndian(target[36..], Continues ? 1u : 0);
    }
}
