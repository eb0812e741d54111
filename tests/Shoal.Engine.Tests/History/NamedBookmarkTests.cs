using Shoal.Engine.Catalog;
using Shoal.Engine.History;
using Shoal.Engine.Requests;
using Shoal.Protocol;

namespace Shoal.Engine.Tests.History;

/// <summary>Goal: a state that somebody has named can be restored by its name for as long as history is kept.</summary>
public sealed class NamedBookmarkTests
{
    private const string Migration = "-- Migration number: 0001\nALTER TABLE t ADD COLUMN b\n;\nINSERT INTO \"d1_migrations\" (name) VALUES ('0001.sql');";

    [Fact]
    public async Task A_named_state_stays_when_others_of_its_minute_go_and_is_restored_forked_and_named_again_by_its_name()
    {
        await using var fixture = await HistoryFixture.StartAsync();
        var id = await fixture.CreateAsync("main");
        await fixture.RunAsync(id, "CREATE TABLE t(a)");
        fixture.Time.Advance(TimeSpan.FromMinutes(1));
        await fixture.RunAsync(id, "INSERT INTO t VALUES ('nobody knows this')");
        var unknown = fixture.Bookmark(id);
        await fixture.RunAsync(id, "INSERT INTO t VALUES (2)");
        var named = await fixture.Travel.NameAsync(id, "before-import", moment: null);
        var dump = await fixture.DumpAsync(id);
        Assert.Equal(fixture.Bookmark(id), named.Bookmark.ToString());
        await fixture.RunAsync(id, "INSERT INTO t VALUES (3)");
        await fixture.RunAsync(id, "DELETE FROM t");
        await fixture.Travel.SealAsync();
        fixture.Time.Advance(TimeSpan.FromDays(4));
        await fixture.Travel.CompactAsync();
        Assert.Equal((0, 0), (fixture.Count(PackLevel.Commits), fixture.Count(PackLevel.Hourly)));
        await fixture.RestartAsync();

        await Assert.ThrowsAsync<EngineException>(() => fixture.Travel.RestoreAsync(id, RestoreMoment.At(unknown)));
        var again = await fixture.Travel.NameAsync(id, "again", RestoreMoment.Of("before-import"));
        var fork = await fixture.Travel.ForkAsync(id, RestoreMoment.Of("again"), EngineFixture.New("copy"));
        await fixture.Travel.RestoreAsync(id, RestoreMoment.Of("before-import"));

        Assert.Equal(named.Bookmark, again.Bookmark);
        Assert.Equal(dump, await fixture.DumpAsync(id));
        Assert.Equal(dump, await fixture.DumpAsync(fork.Id));
        Assert.Equal(["before-import", "again"], (await fixture.Travel.ListNamesAsync(id)).Select(static one => one.Name));
        Assert.Empty(await fixture.Travel.ListNamesAsync(fork.Id));
    }

    [Fact]
    public async Task A_name_of_a_deleted_database_brings_back_its_state_and_goes_with_its_history()
    {
        await using var fixture = await HistoryFixture.StartAsync();
        var id = await fixture.CreateAsync("main");
        await fixture.RunAsync(id, "CREATE TABLE t(a); INSERT INTO t VALUES (1)");
        await fixture.Travel.NameAsync(id, "good", moment: null);
        await fixture.RunAsync(id, "DELETE FROM t");
        await fixture.Engine.DeleteDatabaseAsync(id);
        await fixture.RestartAsync();

        var fork = await fixture.Travel.ForkAsync(id, RestoreMoment.Of("good"), EngineFixture.New("main"));

        Assert.Equal("1", await fixture.RunAsync(fork.Id, "SELECT a FROM t"));
        fixture.Time.Advance(TimeSpan.FromDays(31));
        await fixture.Travel.ExpireAsync();
        await Assert.ThrowsAsync<EngineException>(() => fixture.Travel.ListNamesAsync(id));
    }

    [Fact]
    public async Task A_name_that_was_taken_away_means_nothing_and_can_be_given_again()
    {
        await using var fixture = await HistoryFixture.StartAsync();
        var id = await fixture.CreateAsync("main");
        await fixture.RunAsync(id, "CREATE TABLE t(a)");
        await fixture.Travel.NameAsync(id, "good", moment: null);
        await fixture.RunAsync(id, "INSERT INTO t VALUES (1)");

        var taken = await Assert.ThrowsAsync<EngineException>(() => fixture.Travel.NameAsync(id, "good", moment: null));
        Assert.Contains("already", taken.Message, StringComparison.Ordinal);
        Assert.True(await fixture.Travel.RemoveNameAsync(id, "good"));
        Assert.False(await fixture.Travel.RemoveNameAsync(id, "good"));
        var error = await Assert.ThrowsAsync<EngineException>(() => fixture.Travel.RestoreAsync(id, RestoreMoment.Of("good")));
        Assert.Contains("nor the name of one", error.Message, StringComparison.Ordinal);
        var named = await fixture.Travel.NameAsync(id, "good", moment: null);
        await fixture.RestartAsync();

        Assert.Equal(named, Assert.Single(await fixture.Travel.ListNamesAsync(id)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("2026-01-01")]
    [InlineData("with space")]
    [InlineData("a/b")]
    [InlineData("abcdef00-00000000-00000001-00000000000000000000000000000000")]
    public async Task What_could_be_a_time_or_a_bookmark_is_no_name(string name)
    {
        await using var fixture = await HistoryFixture.StartAsync();
        var id = await fixture.CreateAsync("main");

        var error = await Assert.ThrowsAsync<EngineException>(() => fixture.Travel.NameAsync(id, name, moment: null));

        Assert.Equal(EngineErrorKind.InvalidArgument, error.Kind);
        Assert.Contains("no name", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_database_has_a_hundred_names_at_most_beside_the_automatic_ones()
    {
        await using var fixture = await HistoryFixture.StartAsync();
        var id = await fixture.CreateAsync("main");
        for (var number = 0; number < NamedBookmarks.PerDatabaseMax; number++)
        {
            await fixture.Travel.NameAsync(id, $"n{number}", moment: null);
        }

        var error = await Assert.ThrowsAsync<EngineException>(() => fixture.Travel.NameAsync(id, "more", moment: null));

        Assert.Equal(EngineErrorKind.LimitExceeded, error.Kind);
        await fixture.RunAsync(id, "CREATE TABLE d1_migrations(id INTEGER PRIMARY KEY, name TEXT)");
        await fixture.RunAsync(id, "INSERT INTO d1_migrations(name) VALUES ('1')");
        Assert.Equal(NamedBookmarks.PerDatabaseMax + 1, (await fixture.Travel.ListNamesAsync(id)).Count);
    }

    [Fact]
    public async Task A_migration_is_undone_by_the_bookmark_that_was_taken_before_it_and_the_oldest_of_these_go()
    {
        await using var fixture = await HistoryFixture.StartAsync();
        var id = await fixture.CreateAsync("main");
        await fixture.RunAsync(id, "CREATE TABLE t(a); CREATE TABLE d1_migrations(id INTEGER PRIMARY KEY, name TEXT)");
        var before = await fixture.DumpAsync(id);

        await fixture.RunAsync(id, Migration);
        var taken = Assert.Single(await fixture.Travel.ListNamesAsync(id));
        Assert.True(taken.IsAutomatic);
        Assert.StartsWith("before-migration-", taken.Name, StringComparison.Ordinal);
        await fixture.Travel.RestoreAsync(id, RestoreMoment.Of(taken.Name));
        Assert.Equal(before, await fixture.DumpAsync(id));

        for (var number = 0; number < 2 * NamedBookmarks.AutomaticPerDatabaseMax; number++)
        {
            await fixture.RunAsync(id, $"INSERT INTO d1_migrations(name) VALUES ('{number}')");
        }

        var names = await fixture.Travel.ListNamesAsync(id);
        Assert.Equal(NamedBookmarks.AutomaticPerDatabaseMax, names.Count);
        await fixture.Travel.RestoreAsync(id, RestoreMoment.Of(names[0].Name));
        Assert.Equal($"{NamedBookmarks.AutomaticPerDatabaseMax}", await fixture.RunAsync(id, "SELECT count(*) FROM d1_migrations"));
    }

    [Fact]
    public async Task A_migration_in_a_transaction_that_is_held_takes_a_bookmark_of_what_was_before_the_transaction()
    {
        await using var fixture = await HistoryFixture.StartAsync();
        var id = await fixture.CreateAsync("main");
        await fixture.RunAsync(id, "CREATE TABLE t(a); CREATE TABLE d1_migrations(id INTEGER PRIMARY KEY, name TEXT)");
        var (before, dump) = (fixture.Bookmark(id), await fixture.DumpAsync(id));

        await using (var transaction = await fixture.Engine.BeginAsync(id))
        {
            foreach (var sql in (string[])["DROP TABLE t", "INSERT INTO d1_migrations(name) VALUES ('1')"])
            {
                await transaction.ExecuteAsync(SqlRequest.Relaxed(sql), new ResultCollector());
            }

            await transaction.CommitAsync();
        }

        var taken = Assert.Single(await fixture.Travel.ListNamesAsync(id));
        Assert.Equal((before, true), (taken.Bookmark.ToString(), taken.IsAutomatic));
        await fixture.Travel.RestoreAsync(id, RestoreMoment.Of(taken.Name));
        Assert.Equal(dump, await fixture.DumpAsync(id));
    }

    [Theory]
    [InlineData("INSERT INTO d1_migrations(name) VALUES ('1')", true)]
    [InlineData("insert or ignore into\n [d1_migrations] VALUES (1)", true)]
    [InlineData("CREATE TABLE IF NOT EXISTS d1_migrations(id)", false)]
    [InlineData("SELECT * FROM d1_migrations ORDER BY id", false)]
    [InlineData("INSERT INTO t VALUES ('d1_migrations')", false)]
    [InlineData("SELECT 'd1_migrations'; INSERT INTO `d1_migrations` VALUES (1)", true)]
    public async Task Only_what_records_a_migration_takes_a_bookmark(string sql, bool takes)
    {
        await using var fixture = await HistoryFixture.StartAsync();
        var id = await fixture.CreateAsync("main");
        await fixture.RunAsync(id, "CREATE TABLE t(a)");

        await fixture.Travel.PrepareAsync(id, SqlRequest.Relaxed(sql));
        await fixture.Travel.PrepareAsync(id, SqlRequest.Relaxed(sql));
        await fixture.Travel.PrepareAsync(id, new SqlRequest { Items = [new SqlBatchItem(sql)], ReadOnly = true });

        Assert.Equal(takes ? 1 : 0, (await fixture.Travel.ListNamesAsync(id)).Count);
    }
}
