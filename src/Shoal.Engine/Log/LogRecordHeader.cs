using System.Buffers.Binary;
using Shoal.Protocol;

namespace Shoal.Engine.Log;

/// <summary>The head of a log record.</summary>
/// <remarks>
/// Shape: see <c>docs/formats/commit-log.md</c>. Two checksums: one over the header alone, seeded with the segment's salt, so
/// that a header can be recognised anywhere; one chained from record to record, so that a record counts only when all before
/// it do. The body's checksum is inside the header and so covered by both.
/// </remarks>
internal readonly record struct LogRecordHeader
{
    public const int Bytes = 96;
    public const int Alignment = 8;
    public const ushort Version = 1;
    private const uint Magic = 0x4352_4853;
    private const int ChainOffset = 88;
    private const int HeaderCrcOffset = 92;

    public required LogRecordKind Kind { get; init; }

    public LogRecordFlags Flags { get; init; }

    /// <summary>Header and body with padding. Units: bytes; a multiple of 8.</summary>
    public required int LengthBytes { get; init; }

    public uint Epoch { get; init; }

    /// <summary>Where the record starts.</summary>
    public required LogPosition Position { get; init; }

    public DatabaseId Database { get; init; }

    /// <summary>Which commit of its database this is, dense from 1; 0 for a checkpoint.</summary>
    public ulong Number { get; init; }

    /// <summary>Units: microseconds since 1970.</summary>
    public long Time { get; init; }

    /// <summary>Pages in this record.</summary>
    public uint PageCount { get; init; }

    /// <summary>Size of the database after the commit. Units: pages.</summary>
    public uint SizeAfterPages { get; init; }

    public uint PageBytes { get; init; }

    public uint BodyCrc { get; init; }

    /// <summary>What was known to be durable when the record was formed.</summary>
    public LogPosition DurableKnown { get; init; }

    /// <summary>Where the next record starts.</summary>
    public LogPosition End => new(Position.Value + (ulong)LengthBytes);

    /// <summary>Bytes of the table of page numbers, padded.</summary>
    public int PageTableBytes => TableBytes((int)PageCount);

    public static int TableBytes(int pageCount) => (pageCount * sizeof(uint) + Alignment - 1) & ~(Alignment - 1);

    /// <summary>Which page of the database an image in the body of a commit is.</summary>
    /// <param name="body">The body; the table of page numbers is its beginning.</param>
    /// <param name="index">Which image, from 0.</param>
    public static uint PageNumber(ReadOnlySpan<byte> body, int index) =>
        BinaryPrimitives.ReadUInt32LittleEndian(body[(index * sizeof(uint))..]);

    /// <summary>Writes the header and gives the chain for the next record.</summary>
    public uint Write(Span<byte> target, uint chain, uint salt)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(target, Magic);
        BinaryPrimitives.WriteUInt16LittleEndian(target[4..], Version);
        target[6] = (byte)Kind;
        target[7] = (byte)Flags;
        BinaryPrimitives.WriteInt32LittleEndian(target[8..], LengthBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(target[12..], Epoch);
        BinaryPrimitives.WriteUInt64LittleEndian(target[16..], Position.Value);
        Database.Value.TryWriteBytes(target[24..40], bigEndian: true, out _);
        BinaryPrimitives.WriteUInt64LittleEndian(target[40..], Number);
        BinaryPrimitives.WriteInt64LittleEndian(target[48..], Time);
        BinaryPrimitives.WriteUInt32LittleEndian(target[56..], PageCount);
        BinaryPrimitives.WriteUInt32LittleEndian(target[60..], SizeAfterPages);
        BinaryPrimitives.WriteUInt32LittleEndian(target[64..], PageBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(target[68..], BodyCrc);
        BinaryPrimitives.WriteUInt64LittleEndian(target[72..], DurableKnown.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(target[80..], 0);
        var next = Crc32C.Append(chain, target[..ChainOffset]);
        BinaryPrimitives.WriteUInt32LittleEndian(target[ChainOffset..], next);
        BinaryPrimitives.WriteUInt32LittleEndian(
            target[HeaderCrcOffset..], Crc32C.Append(salt, target[..HeaderCrcOffset]));
        return next;
    }

    /// <summary>The version of a header that verifies, whichever it is.</summary>
    public static bool TryReadVersion(ReadOnlySpan<byte> source, uint salt, out ushort version)
    {
        version = 0;
        if (source.Length < Bytes || BinaryPrimitives.ReadUInt32LittleEndian(source) != Magic
            || BinaryPrimitives.ReadUInt32LittleEndian(source[HeaderCrcOffset..])
                != Crc32C.Append(salt, source[..HeaderCrcOffset]))
        {
            return false;
        }

        version = BinaryPrimitives.ReadUInt16LittleEndian(source[4..]);
        return true;
    }

    /// <summary>
    /// Reads a header if there is one of a known version that verifies by itself; <paramref name="chain"/> is what it claims.
    /// </summary>
    public static bool TryRead(ReadOnlySpan<byte> source, uint salt, out LogRecordHeader header, out uint chain)
    {
        header = default;
        chain = 0;
        if (!TryReadVersion(source, salt, out var version) || version != Version)
        {
            return false;
        }

        chain = BinaryPrimitives.ReadUInt32LittleEndian(source[ChainOffset..]);
        header = new LogRecordHeader
        {
            Kind = (LogRecordKind)source[6],
            Flags = (LogRecordFlags)source[7],
            LengthBytes = BinaryPrimitives.ReadInt32LittleEndian(source[8..]),
            Epoch = BinaryPrimitives.ReadUInt32LittleEndian(source[12..]),
            Position = new LogPosition(BinaryPrimitives.ReadUInt64LittleEndian(source[16..])),
            Database = new DatabaseId(new Guid(source[24..40], bigEndian: true)),
            Number = BinaryPrimitives.ReadUInt64LittleEndian(source[40..]),
            Time = BinaryPrimitives.ReadInt64LittleEndian(source[48..]),
            PageCount = BinaryPrimitives.ReadUInt32LittleEndian(source[56..]),
            SizeAfterPages = BinaryPrimitives.ReadUInt32LittleEndian(source[60..]),
            PageBytes = BinaryPrimitives.ReadUInt32LittleEndian(source[64..]),
            BodyCrc = BinaryPrimitives.ReadUInt32LittleEndian(source[68..]),
            DurableKnown = new LogPosition(BinaryPrimitives.ReadUInt64LittleEndian(source[72..])),
        };
        return true;
    }

    /// <summary>The chain a record at this place must have, given the chain of the one before.</summary>
    public static uint ExpectedChain(ReadOnlySpan<byte> source, uint previousChain) =>
        Crc32C.Append(previousChain, source[..ChainOffset]);
}
