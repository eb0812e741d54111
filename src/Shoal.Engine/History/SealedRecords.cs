using System.Buffers;
using Shoal.Engine.Log;

namespace Shoal.Engine.History;

/// <summary>Copies commits of one database from the log into a pack.</summary>
internal static class SealedRecords
{
    /// <summary>Adds records to the database that is begun in a pack.</summary>
    /// <param name="writer">The pack.</param>
    /// <param name="records">Of one database, in order.</param>
    /// <param name="from">Commits with smaller numbers are left out.</param>
    /// <exception cref="LogDamagedException">A record can not be read back as it was.</exception>
    public static void Write(PackWriter writer, IReadOnlyList<RedoRecord> records, ulong from)
    {
        // The same memory for all: a new array for each would make collections pause those who commit.
        var bodyBytesMax = records.Max(static record => record.Header.LengthBytes) - LogRecordHeader.Bytes;
        var buffer = ArrayPool<byte>.Shared.Rent(bodyBytesMax);
        try
        {
            foreach (var record in records)
            {
                if (record.Header.Number >= from)
                {
                    Write(writer, record, buffer);
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static void Write(PackWriter writer, RedoRecord record, byte[] buffer)
    {
        var (segment, header) = record;
        var body = buffer.AsSpan(0, header.LengthBytes - LogRecordHeader.Bytes);
        if (segment.Read(body, header.Position.OffsetBytes + LogRecordHeader.Bytes) != body.Length
            || Crc32C.Append(0, body) != header.BodyCrc)
        {
            throw LogDamagedException.At(segment.Path, header.Position.OffsetBytes, "a record can not be read back as it was");
        }

        var part = new PackPart(header.Number, header.Number - 1, header.Time, header.SizeAfterPages, header.PageBytes,
            header.PageCount, header.Flags.HasFlag(LogRecordFlags.Continues));
        writer.Add(part, body[..part.BodyBytes]);
    }
}
