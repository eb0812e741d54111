using Shoal.Engine.Databases;
using Shoal.Engine.Log;
using Shoal.Engine.Requests;
using Shoal.Engine.Storage;

namespace Shoal.Engine.Tests.Databases;

/// <summary>
/// Goal: requests that share a transaction behave as if each had its own. Method: turns are handed to the group as the
/// writer would, so that which requests share a commit does not depend on timing.
/// </summary>
public sealed class GroupCommitTests
{
    [Fact]
    public async Task A_failing_request_rolls_back_alone()
    {
        await using var fixture = await EngineFixture.StartAsync();
        await fixture.RunAsync("CREATE TABLE t(a INTEGER PRIMARY KEY)");

        var turns = await RunTogetherAsync(fixture, "INSERT INTO t VALUES (1)",
            "INSERT INTO t VALUES (2); INSERT INTO t VALUES (1)", "INSERT INTO t VALUES (3)");

        Assert.Null(turns[0]);
        Assert.Equal("UNIQUE constraint failed: t.a: SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_PRIMARYKEY)",
            turns[1]);
        Assert.Null(turns[2]);
        Assert.Equal("1\n3", await fixture.RunAsync("SELECT a FROM t"));
    }

    [Fact]
    public async Task A_request_that_rolls_everything_back_does_not_take_the_others_with_it()
    {
        await using var fixture = await EngineFixture.StartAsync();
        await fixture.RunAsync("CREATE TABLE t(a INTEGER PRIMARY KEY)");

        var turns = await RunTogetherAsync(fixture, "INSERT INTO t VALUES (1) RETURNING a",
            "INSERT OR ROLLBACK INTO t VALUES (1)", "INSERT INTO t VALUES (3)");

        Assert.Null(turns[0]);
        Assert.StartsWith("UNIQUE constraint failed", turns[1], StringComparison.Ordinal);
        Assert.Null(turns[2]);
        Assert.Equal("1\n3", await fixture.RunAsync("SELECT a FROM t"));
    }

    [Fact]
    public async Task Deferred_foreign_keys_are_checked_per_request()
    {
        await using var fixture = await EngineFixture.StartAsync();
        await fixture.RunAsync("CREATE TABLE p(a PRIMARY KEY); CREATE TABLE c(a REFERENCES p)");

        var turns = await RunTogetherAsync(fixture,
            "PRAGMA defer_foreign_keys=ON; INSERT INTO c VALUES (1)",
            "INSERT INTO p VALUES (1)",
            "PRAGMA defer_foreign_keys=ON; INSERT INTO c VALUES (2); INSERT INTO p VALUES (2)",
            "INSERT INTO c VALUES (9)");

        Assert.Equal([true, false, false, true], turns.Select(error => error is not null));
        Assert.Equal("2", await fixture.RunAsync("SELECT a FROM c"));
    }

    [Fact]
    public async Task Each_request_sees_its_own_rowid_and_changes()
    {
        await using var fixture = await EngineFixture.StartAsync();
        await fixture.RunAsync("CREATE TABLE t(a INTEGER PRIMARY KEY)");
        var sinks = new[] { new ResultCollector(), new ResultCollector() };

        await RunTogetherAsync(fixture, sinks,
            "INSERT INTO t VALUES (5), (6)", "INSERT INTO t VALUES (40); SELECT changes(), last_insert_rowid()");

        Assert.Equal((6, 2), (sinks[0].Results[0].Meta.LastRowId, sinks[0].Results[0].Meta.Changes));
        Assert.Equal((40, 1), (sinks[1].Results[0].Meta.LastRowId, sinks[1].Results[0].Meta.Changes));
        Assert.Equal((1, 40), (sinks[1].Rows[0][0].AsInteger, sinks[1].Rows[0][1].AsInteger));
    }

    [Fact]
    public async Task Writers_from_many_threads_lose_nothing_and_share_commits()
    {
        await using var fixture = await EngineFixture.StartAsync();
        await fixture.RunAsync("CREATE TABLE t(a INTEGER PRIMARY KEY, w INT)");

        await Task.WhenAll(Enumerable.Range(0, 16).Select(writer => Task.Run(async () =>
        {
            for (var index = 0; index < 50; index++)
            {
                await fixture.RunAsync($"INSERT INTO t(w) VALUES ({writer})");
            }
        })));

        Assert.Equal("16|50|50", await fixture.RunAsync(
            "SELECT count(*), min(n), max(n) FROM (SELECT count(*) AS n FROM t GROUP BY w)"));
    }

    [Fact]
    public async Task A_full_queue_answers_at_once_that_it_is_full()
    {
        await using var fixture = await EngineFixture.StartAsync(new EngineLimits { WriteQueueMax = 2 });
        await fixture.RunAsync("CREATE TABLE t(a)");
        using var metrics = new EngineMetrics();
        using var lane = new SlowLane(new EngineLimits(), metrics);
        using var writer = new DatabaseWriter(fixture.Id, fixture.DatabasePath, new EngineLimits { WriteQueueMax = 2 },
            metrics, store: null, new OutputGate(null),
            new FreeSpaceGuard(new EngineOptions { DataFolder = fixture.Folder }), new CommitClock(new CommitCounter()), lane);
        var lease = await writer.AcquireAsync(CancellationToken.None);
        var first = writer.ExecuteAsync(SqlRequest.Single("INSERT INTO t VALUES (1)"), new ResultCollector(), default);
        var second = writer.ExecuteAsync(SqlRequest.Single("INSERT INTO t VALUES (2)"), new ResultCollector(), default);

        var error = await Assert.ThrowsAsync<EngineException>(() =>
            writer.ExecuteAsync(SqlRequest.Single("INSERT INTO t VALUES (3)"), new ResultCollector(), default));
        Assert.Equal(EngineErrorKind.Overloaded, error.Kind);

        lease.Dispose();
        await Task.WhenAll(first, second);
        Assert.Equal("2", await fixture.RunAsync("SELECT count(*) FROM t"));
    }

    private static Task<string?[]> RunTogetherAsync(EngineFixture fixture, params string[] texts) =>
        RunTogetherAsync(fixture, [.. texts.Select(_ => new ResultCollector())], texts);

    private static Task<string?[]> RunTogetherAsync(
        EngineFixture fixture, ResultCollector[] sinks, params string[] texts)
    {
        using var connection = DatabaseConnection.Open(
            fixture.Id, fixture.DatabasePath, new EngineLimits(), DurabilityMode.Sqlite, isWriter: true);
        using var group = new GroupCommit(
            fixture.Id, connection, new OutputGate(null), new CommitClock(new CommitCounter()));
        var turns = texts.Zip(sinks, (text, sink) => new WriteTurn(SqlRequest.Single(text), sink, default)).ToArray();
        group.Run(turns, default);
        Assert.True(connection.Native.IsAutocommit);
        return Task.FromResult(turns.Select(turn => turn.Error?.Message).ToArray());
    }
}
