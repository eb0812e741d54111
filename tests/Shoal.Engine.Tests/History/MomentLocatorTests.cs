using Shoal.Engine.History;
using Shoal.Engine.Log;
using Shoal.Engine.Tests.Log;
using Shoal.Protocol;

namespace Shoal.Engine.Tests.History;

/// <summary>Goal: a time means the newest commit that had ended then. Method: packs whose parts have times, written by hand.</summary>
public sealed class MomentLocatorTests
{
    private const int PagesPerPart = 255;
    private const long Second = 1_000_000;

    /// <summary>Commit 1 at 10 s, commit 2 in parts at 20, 21 and 22 s, commit 3 at 30 s.</summary>
    [Theory]
    [InlineData(9, 0)]
    [InlineData(10, 1)]
    [InlineData(19, 1)]
    [InlineData(20, 1)]
    [InlineData(21, 1)]
    [InlineData(22, 2)]
    [InlineData(29, 2)]
    [InlineData(30, 3)]
    [InlineData(99, 3)]
    public void A_commit_of_several_parts_is_done_with_its_last_one(int seconds, int number)
    {
        using var folder = new TempFolder();
        var target = Locate(folder, seconds, (1, 10), (2, 20), (2, 21), (2, 22), (3, 30));

        Assert.Equal((ulong)number, target.Bookmark.Number);
    }

    /// <summary>Commit 2 has a part per second from 20 s on, and is longer than a block.</summary>
    [Theory]
    [InlineData(19, 1)]
    [InlineData(23, 1)]
    [InlineData(33, 1)]
    [InlineData(34, 2)]
    public void The_same_where_a_commit_goes_on_in_the_next_blocks(int seconds, int number)
    {
        using var folder = new TempFolder();
        var parts = Enumerable.Range(20, 15).Select(static second => (2, second));
        var target = Locate(folder, seconds, [(1, 10), .. parts, (3, 40)]);

        Assert.Equal((ulong)number, target.Bookmark.Number);
    }

    /// <summary>It is the first of its database, and of what is known of it.</summary>
    [Fact]
    public void Before_the_end_of_the_first_commit_a_database_is_what_it_was_created_as()
    {
        using var folder = new TempFolder();
        (int, int)[] parts = [.. Enumerable.Range(20, 15).Select(static second => (1, second))];

        Assert.Equal(0ul, Locate(folder, 33, parts).Bookmark.Number);
        Assert.Equal(1ul, Locate(folder, 34, parts).Bookmark.Number);
    }

    /// <summary>A hint names states by times; each must mean the state that it stands beside.</summary>
    [Fact]
    public void A_hint_names_the_end_of_a_commit_as_its_time()
    {
        using var folder = new TempFolder();
        var reading = Write(folder, (1, 10), (2, 20), (2, 21), (2, 22), (5, 30));
        var locator = Locator(reading);

        var error = Assert.Throws<EngineException>(() => locator.Locate(
            RestoreMoment.At(Bookmark.Of(GoldenLog.Database, epoch: 1, 3).ToString()), now: 100 * Second));

        Assert.Contains($"00:00:22.000Z ({Bookmark.Of(GoldenLog.Database, epoch: 1, 2)})", error.Hint, StringComparison.Ordinal);
    }

    private static RestoreTarget Locate(TempFolder folder, int seconds, params (int Number, int Second)[] parts) =>
        Locator(Write(folder, parts)).Locate(RestoreMoment.At(DateTimeOffset.UnixEpoch.AddSeconds(seconds)), now: 100 * Second);

    private static MomentLocator Locator(HistoryReading reading) =>
        new(GoldenLog.Database, epoch: 1, current: null, bornAt: DateTimeOffset.UnixEpoch, reading);

    private static HistoryReading Write(TempFolder folder, params (int Number, int Second)[] parts)
    {
        var history = HistoryFolder.Open(folder.Combine($"history-{Guid.NewGuid()}"));
        var header = new PackHeader(PackLevel.Daily, 1, default, default);
        var name = HistoryFolder.NameOf(1, header);
        using var writer = history.Begin(name, header);
        writer.Begin(GoldenLog.Database, PackEntryKind.Commits, epoch: 1, PackEntryFlags.Born);
        var body = new byte[LogRecordHeader.TableBytes(PagesPerPart) + PagesPerPart * 4096];
        var follows = 0;
        foreach (var (index, (number, second)) in parts.Index())
        {
            for (var page = 0; page < PagesPerPart; page++)
            {
                BitConverter.TryWriteBytes(body.AsSpan(page * sizeof(uint)), index * PagesPerPart + page + 1);
            }

            var continues = index + 1 < parts.Length && parts[index + 1].Number == number;
            writer.Add(new PackPart((ulong)number, (ulong)follows, second * Second, (uint)(parts.Length * PagesPerPart), 4096,
                PagesPerPart, continues), body);
            follows = continues ? follows : number;
        }

        return new HistoryReading(new HistoryManifest(default, 2, 0, [history.Publish(name, writer)]), history, static () => { });
    }
}
