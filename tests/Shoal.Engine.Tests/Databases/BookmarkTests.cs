using Shoal.Engine.Requests;
using Shoal.Protocol;

namespace Shoal.Engine.Tests.Databases;

/// <summary>Goal: bookmarks of a database never decrease. Method: compare their texts over commits, closings and restarts.</summary>
public sealed class BookmarkTests
{
    [Fact]
    public void A_bookmark_has_the_shape_of_D1_and_depends_on_database_epoch_and_number()
    {
        var first = new DatabaseId(Guid.Parse("00000000-0000-4000-8000-000000000001"));
        var second = new DatabaseId(Guid.Parse("00000000-0000-4000-8000-000000000002"));

        var text = Bookmark.Of(first, 0x85, 0x24C_0000_4C6D).ToString();

        Assert.Matches("^00000085-0000024c-00004c6d-[0-9a-f]{32}$", text);
        Assert.Equal(text, Bookmark.Of(first, 0x85, 0x24C_0000_4C6D).ToString());
        Assert.Equal(4, new[] { Bookmark.Of(first, 1, 1), Bookmark.Of(second, 1, 1), Bookmark.Of(first, 2, 1), Bookmark.Of(first, 1, 2) }
            .Select(bookmark => bookmark.Check).Distinct().Count());
    }

    [Fact]
    public async Task A_write_gives_a_newer_bookmark_and_a_read_the_same()
    {
        await using var fixture = await EngineFixture.StartAsync();
        var empty = Bookmarked(fixture);
        await fixture.RunAsync("CREATE TABLE t(a)");
        var created = Bookmarked(fixture);
        await fixture.RunAsync("SELECT * FROM t");
        var read = Bookmarked(fixture);
        await fixture.RunAsync("INSERT INTO t VALUES (1)");
        var written = Bookmarked(fixture);

        AssertOrder(empty, created);
        Assert.Equal(created, read);
        AssertOrder(read, written);
    }

    [Fact]
    public async Task Bookmarks_of_many_writers_never_decrease()
    {
        await using var fixture = await EngineFixture.StartAsync();
        await fixture.RunAsync("CREATE TABLE t(w, b)");
        await Task.WhenAll(Enumerable.Range(0, 8).Select(writer => Task.Run(async () =>
        {
            var last = "";
            for (var turn = 0; turn < 40; turn++)
            {
                await fixture.RunAsync(turn % 3 == 2 ? "SELECT count(*) FROM t" : $"INSERT INTO t VALUES ({writer}, {turn})");
                var next = Bookmarked(fixture);
                Assert.True(string.CompareOrdinal(last, next) <= 0, $"{next} after {last}");
                if (turn % 3 != 2)
                {
                    Assert.NotEqual(last, next);
                }

                last = next;
            }
        })));
    }

    [Fact]
    public async Task Closing_and_opening_a_database_does_not_set_its_bookmarks_back()
    {
        await using var fixture = await EngineFixture.StartAsync(new EngineLimits { OpenDatabasesMax = 2 });
        await fixture.RunAsync("CREATE TABLE t(a)");
        await fixture.RunAsync("INSERT INTO t VALUES (1)");
        var before = Bookmarked(fixture);

        // There is room for the catalog and one more: using another closes the first.
        var other = (await fixture.Engine.CreateDatabaseAsync(EngineFixture.New("other"))).Id;
        await fixture.RunOnAsync(other, "CREATE TABLE t(a)");
        Assert.Equal(2, fixture.Engine.OpenDatabaseCount);
        var after = Bookmarked(fixture);
        await fixture.RunAsync("INSERT INTO t VALUES (2)");

        Assert.True(string.CompareOrdinal(before, after) <= 0, $"{after} after {before}");
        AssertOrder(after, Bookmarked(fixture));
    }

    [Fact]
    public async Task A_restart_does_not_set_bookmarks_back_and_in_mode_log_keeps_them()
    {
        await using var fixture = await EngineFixture.StartAsync();
        await fixture.RunAsync("CREATE TABLE t(a)");
        var before = Bookmarked(fixture);
        await fixture.RestartAsync();
        var after = Bookmarked(fixture);
        await fixture.RunAsync("INSERT INTO t VALUES (1)");

        if (EngineFixture.Mode == DurabilityMode.Log)
        {
            Assert.Equal(before, after);
        }
        else
        {
            AssertOrder(before, after);
        }

        AssertOrder(after, Bookmarked(fixture));
    }

    [Fact]
    public async Task Bookmarks_never_decrease_when_the_durability_mode_changes()
    {
        var folder = Directory.CreateTempSubdirectory("shoal-bookmarks-").FullName;
        var id = default(DatabaseId);
        var last = "";
        foreach (var mode in new[] { DurabilityMode.Sqlite, DurabilityMode.Log, DurabilityMode.Log, DurabilityMode.Sqlite,
            DurabilityMode.Sqlite, DurabilityMode.Log })
        {
            await using var engine = await DatabaseEngine.OpenAsync(new EngineOptions
            {
                DataFolder = folder,
                Durability = mode,
                Limits = new EngineLimits { LogSegmentBytes = 4 * 1024 * 1024 },
            });
            if (last.Length == 0)
            {
                id = (await engine.CreateDatabaseAsync(EngineFixture.New("main"))).Id;
            }

            foreach (var sql in new[] { "SELECT 1", "CREATE TABLE IF NOT EXISTS t(a)", "INSERT INTO t VALUES (1)" })
            {
                await engine.ExecuteAsync(id, SqlRequest.Single(sql), new ResultCollector());
                var next = engine.GetBookmark(id)!.Value.ToString();
                Assert.True(string.CompareOrdinal(last, next) <= 0, $"{mode}: {next} after {last}");
                last = next;
            }
        }

        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task A_deleted_database_has_no_bookmark()
    {
        await using var fixture = await EngineFixture.StartAsync();
        await fixture.Engine.DeleteDatabaseAsync(fixture.Id);
        Assert.Null(fixture.Engine.GetBookmark(fixture.Id));
    }

    private static string Bookmarked(EngineFixture fixture) => fixture.Engine.GetBookmark(fixture.Id)!.Value.ToString();

    private static void AssertOrder(string older, string newer) =>
        Assert.True(string.CompareOrdinal(older, newer) < 0, $"{newer} after {older}");
}
