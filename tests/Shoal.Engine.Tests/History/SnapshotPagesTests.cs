using Shoal.Engine.History;
using Shoal.Engine.Log;
using Shoal.Engine.Tests.Log;

namespace Shoal.Engine.Tests.History;

/// <summary>Goal: nobody leaves out a block that has a page which is needed.</summary>
public sealed class SnapshotPagesTests
{
    [Theory]
    [InlineData(1u, 4096u, 8)]
    [InlineData(100_000u, 4096u, 8)]
    [InlineData(1u << 19, 4096u, 32)]
    [InlineData(10u * (1u << 18), 4096u, 160)]
    [InlineData(3u, 65_536u, 1)]
    [InlineData(3u, 512u, 64)]
    public void Blocks_are_short_and_not_too_many(uint sizePages, uint pageBytes, int expected)
    {
        var perBlock = SnapshotPages.PerBlock(sizePages, pageBytes);

        Assert.Equal(expected, perBlock);
        Assert.True((sizePages + perBlock - 1) / perBlock <= 16 * 1024);
    }

    [Theory]
    [InlineData(512u)]
    [InlineData(4096u)]
    [InlineData(65_536u)]
    public void Pages_are_known_of_blocks_of_one_part_each(uint pageBytes)
    {
        foreach (var (size, perBlock) in new[] { (1u, 1u), (31u, 32u), (33u, 32u), (100u, 7u), (1000u, 255u) })
        {
            var counts = Enumerable.Range(0, (int)((size + perBlock - 1) / perBlock))
                .Select(index => Math.Min(perBlock, size - (uint)index * perBlock)).ToArray();
            var blocks = counts.Select(count => Block(size, pageBytes, count)).ToArray();

            var found = SnapshotPages.TryFind(blocks);

            Assert.NotNull(found);
            Assert.Equal(counts, found.Select(static pages => pages.Count));
            Assert.Equal(1u, found[0].First);
            Assert.Equal(size, found[^1].First + found[^1].Count - 1);
        }
    }

    [Fact]
    public void Nothing_is_said_of_blocks_of_several_parts_or_of_some_blocks_only()
    {
        var several = Block(510, 4096, 255) with { };
        several = several with { Entry = several.Entry with { RawBytes = 2 * several.Entry.RawBytes } };

        Assert.Null(SnapshotPages.TryFind([several]));
        Assert.Null(SnapshotPages.TryFind([]));
        Assert.Null(SnapshotPages.TryFind([Block(64, 4096, 32)]));
    }

    private static PlacedEntry Block(uint size, uint pageBytes, uint count) => new("pack", new PackEntry
    {
        Database = GoldenLog.Database,
        Kind = PackEntryKind.Snapshot,
        Epoch = 1,
        PageBytes = pageBytes,
        Follows = 1,
        First = 1,
        Last = 1,
        FirstTime = 1,
        LastTime = 1,
        Offset = 0,
        StoredBytes = 1,
        RawBytes = PackPart.Bytes + LogRecordHeader.TableBytes((int)count) + (int)(count * pageBytes),
        SizeAfterPages = size,
        Hash = new byte[PackEntry.HashBytes],
    });
}
