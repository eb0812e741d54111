using Shoal.Engine.Catalog;
using Shoal.Engine.History;
using Shoal.Protocol;

namespace Shoal.Engine.Tests.History;

/// <summary>Goal: a database can be taken back to each of its commits, and only that database.</summary>
public sealed class TimeTravelTests
{
    /// <summary>Method: the disk refuses the pack of a copy's first snapshot, and nothing is written to the copy after that.</summary>
    [Fact]
    public async Task A_snapshot_whose_pack_the_disk_refused_is_taken_again()
    {
        await using var fixture = await HistoryFixture.StartAsync();
        var id = await fixture.CreateAsync("main");
        await fixture.RunAsync(id, "CREATE TABLE t(a); INSERT INTO t VALUES (1)");
        await fixture.Travel.SealAsync();
        var refused = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        fixture.Travel.Changing = () =>
        {
            if (refused.TrySetResult())
            {
                throw new IOException("the disk does not want to");
            }
        };

        var fork = await fixture.Travel.ForkAsync(id, moment: null, EngineFixture.New("copy"));
        await refused.Task.WaitAsync(TimeSpan.FromMinutes(1));
        fixture.Travel.Changing = null;

        Assert.Equal(fixture.Bookmark(fork.Id), Assert.Single(await fixture.Travel.ListAsync(fork.Id)).Last.ToString());
    }

    [Fact]
    public async Task A_restore_takes_back_rows_and_schema_and_can_be_undone_and_gone_forward_again()
    {
        await using var fixture = await HistoryFixture.StartAsync();
        var id = await fixture.CreateAsync("main");
        var other = await fixture.CreateAsync("other");
        await fixture.RunAsync(id, "CREATE TABLE t(a)");
        await fixture.RunAsync(id, "INSERT INTO t VALUES (1), (2), (3)");
        await fixture.RunAsync(other, "CREATE TABLE o(a)");
        var good = fixture.Bookmark(id);
        var before = await fixture.DumpAsync(id);
        await fixture.RunAsync(id, "DELETE FROM t; DROP TABLE t; CREATE TABLE u(x); INSERT INTO u VALUES (zeroblob(50000))");
        var bad = await fixture.DumpAsync(id);
        var untouched = fixture.Bookmark(other);

        var result = await fixture.Travel.RestoreAsync(id, RestoreMoment.At(good));

        Assert.Equal(before, await fixture.DumpAsync(id));
        Assert.Equal(good, result.Restored.ToString());
        Assert.Equal(result.Current.ToString(), fixture.Bookmark(id));
        Assert.True(string.CompareOrdinal(result.Previous.ToString(), result.Current.ToString()) < 0);
        Assert.Equal(untouched, fixture.Bookmark(other));
        await fixture.RunAsync(id, "INSERT INTO t VALUES (4)");
        Assert.Equal("4", await fixture.RunAsync(id, "SELECT count(*) FROM t"));
        var forward = fixture.Bookmark(id);

        await fixture.Travel.RestoreAsync(id, RestoreMoment.At(result.Previous.ToString()));
        Assert.Equal(bad, await fixture.DumpAsync(id));
        await fixture.Travel.RestoreAsync(id, RestoreMoment.At(forward));
        Assert.Equal("4", await fixture.RunAsync(id, "SELECT count(*) FROM t"));
    }

    [Fact]
    public async Task A_moment_means_the_newest_commit_that_is_not_later_also_long_after()
    {
        await using var fixture = await HistoryFixture.StartAsync();
        var id = await fixture.CreateAsync("main");
        await fixture.RunAsync(id, "CREATE TABLE t(a)");
        var moments = new List<(DateTimeOffset Time, string Bookmark)>();
        for (var value = 0; value < 20; value++)
        {
            await fixture.RunAsync(id, $"INSERT INTO t VALUES ({value})");
            moments.Add((fixture.Time.GetUtcNow(), fixture.Bookmark(id)));
            if (value == 10)
            {
                await fixture.Travel.SealAsync();
            }
        }

        fixture.Time.Advance(TimeSpan.FromMilliseconds(1));
        await fixture.RestartAsync();
        for (var round = 0; round < 2; round++)
        {
            foreach (var (time, bookmark) in moments)
            {
                Assert.Equal(bookmark, (await fixture.Travel.FindBookmarkAsync(id, time)).ToString());
                Assert.Equal(bookmark, (await fixture.Travel.FindBookmarkAsync(id, time.AddMilliseconds(999) < fixture.Time.GetUtcNow() ? time.AddMilliseconds(999) : time)).ToString());
            }

            await fixture.RunAsync(id, "INSERT INTO t VALUES (99)");
        }
    }

    [Fact]
    public async Task A_database_can_be_restored_to_the_state_before_its_first_commit()
    {
        await using var fixture = await HistoryFixture.StartAsync();
        var id = await fixture.CreateAsync("main");
        var empty = fixture.Bookmark(id);
        await fixture.RunAsync(id, "CREATE TABLE t(a)");

        var result = await fixture.Travel.RestoreAsync(id, RestoreMoment.At(empty));

        Assert.Equal("0", await fixture.RunAsync(id, "SELECT count(*) FROM sqlite_schema"));
        await fixture.Travel.RestoreAsync(id, RestoreMoment.At(result.Previous.ToString()));
        Assert.Equal("0", await fixture.RunAsync(id, "SELECT count(*) FROM t"));
    }

    [Fact]
    public async Task A_fork_holds_the_past_and_both_go_on_alone()
    {
        await using var fixture = await HistoryFixture.StartAsync();
        var id = await fixture.CreateAsync("main");
        await fixture.RunAsync(id, "CREATE TABLE t(a); INSERT INTO t VALUES (1)");
        var then = fixture.Bookmark(id);
        await fixture.RunAsync(id, "DELETE FROM t");

        var fork = await fixture.Travel.ForkAsync(id, RestoreMoment.At(then), EngineFixture.New("copy"));
        await fixture.RunAsync(fork.Id, "INSERT INTO t VALUES (2)");
        var first = fixture.Bookmark(fork.Id);
        await fixture.RunAsync(fork.Id, "INSERT INTO t VALUES (3)");
        await fixture.CrashAsync();

        Assert.Equal("3", await fixture.RunAsync(fork.Id, "SELECT count(*) FROM t"));
        Assert.Equal("0", await fixture.RunAsync(id, "SELECT count(*) FROM t"));
        await fixture.Travel.RestoreAsync(fork.Id, RestoreMoment.At(first));
        Assert.Equal("1\n2", await fixture.RunAsync(fork.Id, "SELECT a FROM t ORDER BY a"));
        var start = (await fixture.Travel.ListAsync(fork.Id))[0].First.ToString();
        await fixture.Travel.RestoreAsync(fork.Id, RestoreMoment.At(start));
        Assert.Equal("1", await fixture.RunAsync(fork.Id, "SELECT a FROM t ORDER BY a"));
    }

    [Fact]
    public async Task A_fork_may_live_where_its_source_may_and_is_replicated_as_it_is()
    {
        await using var fixture = await HistoryFixture.StartAsync();
        var source = await fixture.Engine.CreateDatabaseAsync(Placed("main"));
        await fixture.RunAsync(source.Id, "CREATE TABLE t(a)");

        var fork = await fixture.Travel.ForkAsync(source.Id, moment: null, EngineFixture.New("copy"));
        await fixture.CrashAsync();

        var kept = fixture.Engine.FindDatabase(fork.Id)!;
        Assert.Equal(("weur", "eu", "auto"), (kept.LocationHint, kept.Jurisdiction, kept.ReadReplication));
    }

    [Fact]
    public async Task A_fork_of_a_deleted_database_may_live_where_the_request_says()
    {
        await using var fixture = await HistoryFixture.StartAsync();
        var source = await fixture.Engine.CreateDatabaseAsync(Placed("main"));
        await fixture.RunAsync(source.Id, "CREATE TABLE t(a)");
        await fixture.Engine.DeleteDatabaseAsync(source.Id);

        var plain = await fixture.Travel.ForkAsync(source.Id, moment: null, EngineFixture.New("plain"));
        var placed = await fixture.Travel.ForkAsync(source.Id, moment: null, Placed("placed"));

        Assert.Equal((null, null, "disabled"), (plain.LocationHint, plain.Jurisdiction, plain.ReadReplication));
        Assert.Equal(("weur", "eu", "auto"), (placed.LocationHint, placed.Jurisdiction, placed.ReadReplication));
    }

    [Fact]
    public async Task A_deleted_database_comes_back_under_a_new_id()
    {
        await using var fixture = await HistoryFixture.StartAsync();
        var id = await fixture.CreateAsync("main");
        await fixture.RunAsync(id, "CREATE TABLE t(a); INSERT INTO t VALUES (1)");
        await fixture.Engine.DeleteDatabaseAsync(id);
        await fixture.CrashAsync();

        var dropped = Assert.Single(await fixture.Travel.ListDroppedAsync("a"));
        Assert.Equal((id, "main"), (dropped.Id, dropped.Name));
        var last = (await fixture.Travel.ListAsync(id))[^1].Last.ToString();
        var back = await fixture.Travel.ForkAsync(id, RestoreMoment.At(last), EngineFixture.New("main"));

        Assert.NotEqual(id, back.Id);
        Assert.Equal("1", await fixture.RunAsync(back.Id, "SELECT a FROM t"));
    }

    [Fact]
    public async Task Readers_that_knew_another_schema_see_the_restored_one()
    {
        await using var fixture = await HistoryFixture.StartAsync();
        var id = await fixture.CreateAsync("main");
        await fixture.RunAsync(id, "CREATE TABLE t(a); INSERT INTO t VALUES (1)");
        var then = fixture.Bookmark(id);

        // The same number of changes of the schema on both branches: its version number alone would be the same.
        await fixture.RunAsync(id, "DROP TABLE t");
        await fixture.RunAsync(id, "CREATE TABLE t(b, c); INSERT INTO t VALUES (2, 3)");
        Assert.Equal("2|3", await fixture.RunAsync(id, "SELECT * FROM t"));
        await fixture.Travel.RestoreAsync(id, RestoreMoment.At(then));
        await fixture.RunAsync(id, "DROP TABLE t");
        await fixture.RunAsync(id, "CREATE TABLE t(d); INSERT INTO t VALUES (4)");

        Assert.Equal("4", await fixture.RunAsync(id, "SELECT * FROM t"));
    }

    [Fact]
    public async Task Writes_that_come_during_a_restore_are_applied_after_it()
    {
        await using var fixture = await HistoryFixture.StartAsync();
        var id = await fixture.CreateAsync("main");
        await fixture.RunAsync(id, "CREATE TABLE t(a)");
        var then = fixture.Bookmark(id);
        for (var value = 0; value < 20; value++)
        {
            await fixture.RunAsync(id, $"INSERT INTO t VALUES (zeroblob(20000))");
        }

        var restore = fixture.Travel.RestoreAsync(id, RestoreMoment.At(then));
        var writes = Enumerable.Range(0, 50).Select(value => fixture.RunAsync(id, $"INSERT INTO t VALUES ({value})")).ToArray();
        await Task.WhenAll(writes);
        var result = await restore;

        // Those before the restore are gone with it, those after it are there; nothing is in between.
        var values = (await fixture.RunAsync(id, "SELECT a FROM t ORDER BY a")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.All(values, value => Assert.True(int.TryParse(value, out _), value));
        await fixture.Travel.RestoreAsync(id, RestoreMoment.At(result.Previous.ToString()));
        var earlier = await fixture.RunAsync(id, "SELECT count(*) FROM t WHERE typeof(a) = 'integer'");
        Assert.Equal(50, values.Length + int.Parse(earlier));
    }

    [Fact]
    public async Task What_can_not_be_restored_is_refused_with_the_nearest_that_can()
    {
        await using var fixture = await HistoryFixture.StartAsync();
        var id = await fixture.CreateAsync("main");
        await fixture.RunAsync(id, "CREATE TABLE t(a)");
        var first = fixture.Time.GetUtcNow();
        var strange = Bookmark.Of(id, 1, 999).ToString();
        var foreign = Bookmark.Of(DatabaseId.NewRandom(), 1, 1).ToString();

        Assert.Equal(EngineErrorKind.NotRestorable, (await FailAsync(RestoreMoment.At(strange))).Kind);
        Assert.Contains(fixture.Bookmark(id), (await FailAsync(RestoreMoment.At(strange))).Hint, StringComparison.Ordinal);
        Assert.Equal(EngineErrorKind.InvalidArgument, (await FailAsync(RestoreMoment.At(foreign))).Kind);
        Assert.Equal(EngineErrorKind.InvalidArgument, (await FailAsync(RestoreMoment.At("yesterday"))).Kind);
        Assert.Equal(EngineErrorKind.InvalidArgument, (await FailAsync(RestoreMoment.At(fixture.Time.GetUtcNow().AddSeconds(1)))).Kind);
        var early = await FailAsync(RestoreMoment.At(first.AddDays(-1)));
        Assert.Equal(EngineErrorKind.NotRestorable, early.Kind);
        Assert.Contains("after it 2026-01-02T03:04:", early.Hint, StringComparison.Ordinal);

        async Task<EngineException> FailAsync(RestoreMoment moment) =>
            await Assert.ThrowsAsync<EngineException>(() => fixture.Travel.RestoreAsync(id, moment));
    }

    [Fact]
    public async Task More_restores_than_allowed_are_refused_until_time_has_passed()
    {
        await using var fixture = await HistoryFixture.StartAsync(new HistoryLimits { RestoresPerPeriodMax = 2 });
        var id = await fixture.CreateAsync("main");
        await fixture.RunAsync(id, "CREATE TABLE t(a)");
        var then = fixture.Bookmark(id);
        await fixture.Travel.RestoreAsync(id, RestoreMoment.At(then));
        await fixture.Travel.RestoreAsync(id, RestoreMoment.At(then));

        var error = await Assert.ThrowsAsync<EngineException>(() => fixture.Travel.RestoreAsync(id, RestoreMoment.At(then)));
        Assert.Equal(EngineErrorKind.LimitExceeded, error.Kind);
        fixture.Time.Advance(TimeSpan.FromMinutes(10));
        await fixture.Travel.RestoreAsync(id, RestoreMoment.At(then));
    }

    [Fact]
    public async Task Restores_that_come_at_once_are_counted_before_they_are_done_and_those_that_fail_are_not()
    {
        await using var fixture = await HistoryFixture.StartAsync(new HistoryLimits { RestoresPerPeriodMax = 3 });
        var id = await fixture.CreateAsync("main");
        await fixture.RunAsync(id, "CREATE TABLE t(a)");
        var then = fixture.Bookmark(id);
        await Assert.ThrowsAsync<EngineException>(() => fixture.Travel.RestoreAsync(id, RestoreMoment.At(fixture.Time.GetUtcNow().AddDays(-9))));

        var restores = Enumerable.Range(0, 8).Select(_ => fixture.Travel.RestoreAsync(id, RestoreMoment.At(then))).ToArray();
        await Task.WhenAll(restores).ContinueWith(static _ => { }, TaskScheduler.Default);

        Assert.Equal(3, restores.Count(static restore => restore.IsCompletedSuccessfully));
        Assert.All(restores.Where(static restore => restore.IsFaulted), static restore => Assert.Equal(
            EngineErrorKind.LimitExceeded, Assert.IsType<EngineException>(restore.Exception!.InnerException).Kind));
    }

    /// <summary>Method: the clock goes on while others commit, and each moment is looked up as soon as it is past, and again later.</summary>
    [Fact]
    public async Task The_same_moment_gives_the_same_bookmark_also_while_others_commit()
    {
        await using var fixture = await HistoryFixture.StartAsync();
        var id = await fixture.CreateAsync("main");
        await fixture.RunAsync(id, "CREATE TABLE t(a)");
        using var stop = new CancellationTokenSource();
        var writers = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                fixture.Time.Advance(TimeSpan.FromMilliseconds(1));
                await fixture.RunAsync(id, "INSERT INTO t VALUES (1)");
                await Task.Delay(1);
            }
        })).ToArray();
        var found = new List<(DateTimeOffset Time, string Bookmark)>();
        for (var round = 0; round < 30; round++)
        {
            var time = fixture.Time.GetUtcNow();
            fixture.Time.Advance(TimeSpan.FromMilliseconds(1));
            found.Add((time, (await fixture.Travel.FindBookmarkAsync(id, time)).ToString()));
        }

        await stop.CancelAsync();
        await Task.WhenAll(writers);
        foreach (var (time, bookmark) in found)
        {
            Assert.Equal(bookmark, (await fixture.Travel.FindBookmarkAsync(id, time)).ToString());
        }
    }

    [Fact]
    public async Task Without_a_log_and_without_retention_it_says_what_is_needed()
    {
        await using var fixture = await HistoryFixture.StartAsync();
        var id = await fixture.CreateAsync("main");
        await fixture.RestartAsync(DurabilityMode.Sqlite);
        Assert.Contains("--durability log", Assert.Throws<EngineException>(() => fixture.Travel.GetBookmark(id)).Hint, StringComparison.Ordinal);
        await fixture.RestartAsync(limits: new HistoryLimits { Retention = TimeSpan.Zero });
        Assert.Contains("retention", Assert.Throws<EngineException>(() => fixture.Travel.GetBookmark(id)).Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task After_a_time_without_log_history_begins_anew_with_a_snapshot_and_the_old_one_stays()
    {
        await using var fixture = await HistoryFixture.StartAsync();
        var id = await fixture.CreateAsync("main");
        await fixture.RunAsync(id, "CREATE TABLE t(a); INSERT INTO t VALUES (1)");
        var old = fixture.Bookmark(id);
        await fixture.Travel.SealAsync();
        await fixture.RestartAsync(DurabilityMode.Sqlite);
        await fixture.RunAsync(id, "INSERT INTO t VALUES (2)");
        await fixture.RestartAsync();
        await fixture.RunAsync(id, "INSERT INTO t VALUES (3)");
        await fixture.Travel.SealAsync();
        var third = fixture.Bookmark(id);
        await fixture.RunAsync(id, "INSERT INTO t VALUES (4)");

        Assert.Equal(2, (await fixture.Travel.ListAsync(id)).Count);
        await fixture.Travel.RestoreAsync(id, RestoreMoment.At(third));
        Assert.Equal("1\n2\n3", await fixture.RunAsync(id, "SELECT a FROM t ORDER BY a"));
        await fixture.Travel.RestoreAsync(id, RestoreMoment.At(old));
        Assert.Equal("1", await fixture.RunAsync(id, "SELECT a FROM t"));
    }

    [Fact]
    public async Task A_restore_after_a_time_without_log_can_be_undone()
    {
        await using var fixture = await HistoryFixture.StartAsync();
        var id = await fixture.CreateAsync("main");
        await fixture.RunAsync(id, "CREATE TABLE t(a); INSERT INTO t VALUES (1)");
        var old = fixture.Bookmark(id);
        await fixture.Travel.SealAsync();
        await fixture.RestartAsync(DurabilityMode.Sqlite);
        await fixture.RunAsync(id, "INSERT INTO t VALUES (2)");
        await fixture.RestartAsync();

        var restored = await fixture.Travel.RestoreAsync(id, RestoreMoment.At(old));
        Assert.Equal("1", await fixture.RunAsync(id, "SELECT a FROM t"));
        await fixture.Travel.RestoreAsync(id, RestoreMoment.At(restored.Previous.ToString()));

        Assert.Equal("1\n2", await fixture.RunAsync(id, "SELECT a FROM t ORDER BY a"));
    }

    private static NewDatabase Placed(string name) =>
        EngineFixture.New(name) with { LocationHint = "weur", Jurisdiction = "eu", ReadReplication = "auto" };
}
