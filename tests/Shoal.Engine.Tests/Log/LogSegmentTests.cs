using Shoal.Engine.Log;

namespace Shoal.Engine.Tests.Log;

/// <summary>Goal: a segment, which is read in pieces, is read whole. Method: reads of more than a piece, inside and across the end.</summary>
public sealed class LogSegmentTests
{
    private const int Bytes = 300 * 1024;

    [Theory]
    [InlineData(0, Bytes, Bytes)]
    [InlineData(4_097, 200 * 1024 + 3, 200 * 1024 + 3)]
    [InlineData(Bytes - 100_000, 200_000, 100_000)]
    [InlineData(Bytes - 65_536, 65_537, 65_536)]
    [InlineData(Bytes, 10, 0)]
    public void A_read_gets_all_there_is_from_its_offset_on(int offset, int asked, int expected)
    {
        using var folder = new TempFolder();
        var content = new byte[Bytes];
        new Random(4711).NextBytes(content);
        var path = folder.Combine("00000001.segment");
        File.WriteAllBytes(path, content);
        using var segment = LogSegment.Open(path, write: false);

        var read = new byte[asked];
        var count = segment.Read(read, offset);

        Assert.Equal(expected, count);
        Assert.True(read.AsSpan(0, count).SequenceEqual(content.AsSpan(offset, count)), "other bytes than the file has");
        Assert.True(read.AsSpan(count).IndexOfAnyExcept((byte)0) < 0, "bytes behind what was read were written");
    }
}
