using System.Buffers.Binary;
using System.Globalization;
using System.Text.RegularExpressions;
using Shoal.Engine.Log;

namespace Shoal.Engine.Tests.Log;

/// <summary>Goal: files of released versions stay readable. Method: a committed segment, and the page that explains its bytes.</summary>
public sealed partial class LogFormatTests
{
    // Microseconds since 1970 of the clock's start, 2026-01-02 03:04:05 UTC.
    private const long Start = 1_767_323_045_000_000;

    [Fact]
    public async Task The_writer_produces_the_golden_segment_byte_for_byte()
    {
        var written = await GoldenLog.WriteAsync();

        var golden = GoldenLog.Read();
        var different = Enumerable.Range(0, Math.Min(golden.Length, written.Length)).Where(index => golden[index] != written[index]);
        Assert.Equal([], different.Select(offset => $"{offset:x6}: {golden[offset]:x2} became {written[offset]:x2}"));
        Assert.Equal(golden.Length, written.Length);
    }

    [Fact]
    public void The_golden_segment_is_read_to_the_documented_records()
    {
        using var folder = GoldenLog.Folder(GoldenLog.Read());
        using var segment = LogSegment.Open(folder.Combine("00000001.segment"), write: false);
        Assert.Equal(SegmentHeaderState.Valid, segment.ReadHeader());
        Assert.Equal(new SegmentHeader(1, 1, GoldenLog.Salt, LogPosition.Zero, LogPosition.Zero, GoldenLog.SegmentBytes),
            segment.Header);

        using var reader = new SegmentReader(segment);
        var records = new List<string>();
        while (reader.TryRead(out var header, out var body))
        {
            var content = body.ToArray();
            var record = header;
            var pages = header.Kind == LogRecordKind.Checkpoint ? CheckpointBody.Read(body).ToString() : string.Join(' ',
                Enumerable.Range(0, (int)header.PageCount).Select(index => Page(record, content, index)));
            records.Add($"{header.Position} {header.Kind} {header.Flags} {header.LengthBytes} epoch {header.Epoch} {header.Database} "
                + $"#{header.Number} +{(header.Time - Start) / 1_000_000} s, size {header.SizeAfterPages}, durable {header.DurableKnown}: {pages}");
        }

        Assert.Equal(
            [
                $"1:4096 Checkpoint Opened 112 epoch 1 {new Guid()} #0 +0 s, size 0, durable 1:4096: "
                    + new CheckpointBody(LogPosition.Zero, 0),
                $"1:4208 Commit None 1128 epoch 1 {GoldenLog.Database} #1 +1 s, size 2, durable 1:4208: 1=11 2=12",
                $"1:5336 Commit Continues 616 epoch 1 {GoldenLog.Database} #2 +2 s, size 3, durable 1:5336: 2=22",
                $"1:5952 Commit None 616 epoch 1 {GoldenLog.Database} #2 +2 s, size 3, durable 1:5952: 3=23",
                $"1:6568 Checkpoint None 112 epoch 1 {new Guid()} #0 +2 s, size 0, durable 1:6568: "
                    + new CheckpointBody(new LogPosition(1, 5336), 7),
            ],
            records);
        Assert.Equal(new LogPosition(1, 6680), reader.Position);
    }

    [Fact]
    public void Recovery_of_the_golden_segment_redoes_what_its_checkpoint_asks_for()
    {
        using var folder = GoldenLog.Folder(GoldenLog.Read());

        var log = LogRecovery.Examine(folder.Root, newestBegun: 1);

        Assert.Equal((new LogPosition(1, 6680), new LogPosition(1, 5336), 7UL, 2U, Start + 2_000_000),
            (log.End, log.OldestNeeded, log.CatalogNumber, log.NextSequence, log.LastTime));
        Assert.True(log.Redo.TryGet(GoldenLog.Database, out var redo));
        Assert.Equal([5336u, 5952u], redo.Select(record => record.Header.Position.OffsetBytes));
        Assert.All(log.Segments, segment => segment.Dispose());
    }

    [Fact]
    public void The_offsets_of_the_format_page_are_those_of_the_golden_segment()
    {
        var golden = GoldenLog.Read();
        var lines = HexLine().Matches(File.ReadAllText(Checkout.Combine("docs/formats/commit-log.md")));

        Assert.True(lines.Count > 30, $"only {lines.Count} lines of hexadecimal");
        foreach (Match line in lines)
        {
            var offset = int.Parse(line.Groups[1].Value, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            var bytes = Convert.FromHexString(line.Groups[2].Value.Replace(" ", "", StringComparison.Ordinal));
            Assert.True(golden.AsSpan(offset, bytes.Length).SequenceEqual(bytes),
                $"the page says {line.Value}, and the file {Convert.ToHexStringLower(golden, offset, bytes.Length)}");
        }
    }

    [Fact]
    public void A_segment_of_a_newer_version_is_refused_by_name()
    {
        var segment = GoldenLog.Read();
        foreach (var copy in (int[])[0, SegmentHeader.CopyStride])
        {
            BinaryPrimitives.WriteUInt32LittleEndian(segment.AsSpan(copy + 8), 2);
            BinaryPrimitives.WriteUInt32LittleEndian(segment.AsSpan(copy + 60), Crc32C.Append(0, segment.AsSpan(copy, 60)));
        }

        using var folder = GoldenLog.Folder(segment);
        var error = Assert.Throws<LogDamagedException>(() => LogRecovery.Examine(folder.Root, newestBegun: 1));

        Assert.Contains($"{folder.Combine("00000001.segment")}, offset 0, holds a header of version 2; this program knows 1",
            error.Message, StringComparison.Ordinal);
        Assert.Contains("Use the version of Shoal that wrote it", error.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public void A_record_of_a_newer_version_is_refused_and_not_cut_as_torn()
    {
        var segment = GoldenLog.Read();
        BinaryPrimitives.WriteUInt16LittleEndian(segment.AsSpan(6568 + 4), 2);
        SealHeader(segment.AsSpan(6568, LogRecordHeader.Bytes));

        using var folder = GoldenLog.Folder(segment);
        var error = Assert.Throws<LogDamagedException>(() => LogRecovery.Examine(folder.Root, newestBegun: 1));

        Assert.Contains("offset 6568, holds a record of version 2; this program knows 1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_record_of_an_unknown_kind_is_refused()
    {
        var segment = GoldenLog.Read();
        var record = segment.AsSpan(6568, LogRecordHeader.Bytes);
        record[6] = 9;
        var chain = LogRecordHeader.ExpectedChain(record, BinaryPrimitives.ReadUInt32LittleEndian(segment.AsSpan(5952 + 88)));
        BinaryPrimitives.WriteUInt32LittleEndian(record[88..], chain);
        SealHeader(record);

        using var folder = GoldenLog.Folder(segment);
        var error = Assert.Throws<EngineException>(() => LogRecovery.Examine(folder.Root, newestBegun: 1));

        Assert.Contains("offset 6568, holds a record of kind 9", error.Message, StringComparison.Ordinal);
    }

    private static void SealHeader(Span<byte> record) => BinaryPrimitives.WriteUInt32LittleEndian(
        record[92..], Crc32C.Append(unchecked((uint)GoldenLog.Salt), record[..92]));

    private static string Page(LogRecordHeader header, ReadOnlySpan<byte> body, int index)
    {
        var image = body.Slice(header.PageTableBytes + index * (int)header.PageBytes, (int)header.PageBytes);
        Assert.False(image.ContainsAnyExcept(image[0]));
        return $"{BinaryPrimitives.ReadUInt32LittleEndian(body[(index * sizeof(uint))..])}={image[0]:x2}";
    }

    [GeneratedRegex(@"^([0-9a-f]{6})  ((?:[0-9a-f]{2} )*[0-9a-f]{2})(?=  |$)", RegexOptions.Multiline)]
    private static partial Regex HexLine();
}
