using Shoal.Engine.History;
using Shoal.Engine.Tests.Log;

namespace Shoal.Engine.Tests.History;

/// <summary>Goal: what is kept of blocks in memory is of large ones, and is bounded.</summary>
public sealed class PagesOfBlocksTests
{
    [Fact]
    public void The_oldest_go_when_there_are_too_many()
    {
        var pages = new PagesOfBlocks();
        var large = new BlockPages(new uint[1024 * 1024], 1);
        for (var offset = 1; offset <= 5; offset++)
        {
            pages.Add(Block(offset, PagesOfBlocks.BlockBytesMin), large);
        }

        Assert.Null(pages.Find(Block(1, 0)));
        Assert.Null(pages.Find(Block(2, 0)));
        Assert.Same(large, pages.Find(Block(3, 0)));
        Assert.Same(large, pages.Find(Block(5, 0)));
    }

    [Fact]
    public void Of_small_blocks_nothing_is_kept_and_one_is_kept_once()
    {
        var pages = new PagesOfBlocks();
        var (first, second) = (new BlockPages([1, 2], 2), new BlockPages([1, 2], 2));
        pages.Add(Block(1, PagesOfBlocks.BlockBytesMin - 1), first);
        pages.Add(Block(2, PagesOfBlocks.BlockBytesMin), first);
        pages.Add(Block(2, PagesOfBlocks.BlockBytesMin), second);

        Assert.Null(pages.Find(Block(1, 0)));
        Assert.Same(first, pages.Find(Block(2, 0)));
        Assert.Null(pages.Find(Block(3, 0)));
    }

    private static PlacedEntry Block(long offset, int rawBytes) => new("pack", new PackEntry
    {
        Database = GoldenLog.Database,
        Kind = PackEntryKind.Commits,
        Epoch = 1,
        PageBytes = 4096,
        Follows = 0,
        First = 1,
        Last = 1,
        FirstTime = 0,
        LastTime = 0,
        Offset = offset,
        StoredBytes = 1,
        RawBytes = rawBytes,
        SizeAfterPages = 2,
        Hash = default,
    });
}
