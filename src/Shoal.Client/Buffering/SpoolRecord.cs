using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace Shoal.Client.Buffering;

/// <summary>A record of a spool's file: an item, or the note that a run of items is settled.</summary>
/// <remarks>Source: docs/formats/client-spool.md, byte by byte.</remarks>
internal readonly record struct SpoolRecord(byte Kind, string Database, long From, long To, ReadOnlyMemory<byte> Payload)
{
    public const byte Item = 1;

    public const byte Settled = 2;

    /// <summary>Length and checksum before each record's body.</summary>
    public const int HeadBytes = 8;

    private const int FixedBytes = 1 + 2 + 8 + 8;

    public byte[] ToBytes()
    {
        var name = Encoding.UTF8.GetByteCount(Database);
        var bytes = new byte[HeadBytes + FixedBytes + name + Payload.Length];
        var body = bytes.AsSpan(HeadBytes);
        body[0] = Kind;
        BinaryPrimitives.WriteUInt16LittleEndian(body[1..], checked((ushort)name));
        BinaryPrimitives.WriteInt64LittleEndian(body[3..], From);
        BinaryPrimitives.WriteInt64LittleEndian(body[11..], To);
        Encoding.UTF8.GetBytes(Database, body[FixedBytes..]);
        Payload.Span.CopyTo(body[(FixedBytes + name)..]);
        BinaryPrimitives.WriteInt32LittleEndian(bytes, body.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4), Checksum(body));
        return bytes;
    }

    /// <summary>Reads the record at the start.</summary>
    /// <param name="bytes">From the record to the end of the file.</param>
    /// <param name="record">The record.</param>
    /// <param name="length">Its length with its head; where it is not whole, what it should be.</param>
    /// <returns>False when it is cut off or damaged.</returns>
    public static bool TryRead(ReadOnlyMemory<byte> bytes, out SpoolRecord record, out long length)
    {
        record = default;
        length = HeadBytes;
        if (bytes.Length < HeadBytes)
        {
            return false;
        }

        var size = BinaryPrimitives.ReadInt32LittleEndian(bytes.Span);
        if (size < FixedBytes)
        {
            return false;
        }

        length += size;
        if (length > bytes.Length)
        {
            return false;
        }

        var body = bytes.Slice(HeadBytes, size);
        var name = BinaryPrimitives.ReadUInt16LittleEndian(body.Span[1..]);
        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes.Span[4..]) != Checksum(body.Span) || FixedBytes + name > size)
        {
            return false;
        }

        record = new SpoolRecord(body.Span[0], Encoding.UTF8.GetString(body.Span.Slice(FixedBytes, name)),
            BinaryPrimitives.ReadInt64LittleEndian(body.Span[3..]), BinaryPrimitives.ReadInt64LittleEndian(body.Span[11..]),
            body[(FixedBytes + name)..]);
        return true;
    }

    /// <summary>CRC-32C.</summary>
    public static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        while (bytes.Length >= sizeof(ulong))
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[sizeof(ulong)..];
        }

        foreach (var one in bytes)
        {
            crc = BitOperations.Crc32C(crc, one);
        }

        return ~crc;
    }
}
