using System.Collections;
using System.Collections.Concurrent;
using Shoal.Engine.Databases;
using Shoal.Engine.Requests;
using Shoal.Protocol;

namespace Shoal.Engine.Tests.Databases;

/// <summary>What takes long runs apart and in turns.</summary>
public sealed class SlowLaneTests
{
    private const string Endless =
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";

    /// <summary>Everything is too long to run where it arrives.</summary>
    private static readonly EngineLimits AllSlow = new() { InlineTimeMax = TimeSpan.Zero };

    [Fact]
    public async Task What_starts_again_in_the_lane_gives_the_same_rows_once()
    {
        await using var fixture = await EngineFixture.StartAsync(AllSlow);
        using var runs = new MetricCount(fixture.Options, "shoal.slow.runs");
        var other = await OtherAsync(fixture);
        await fixture.RunAsync("CREATE TABLE t(id INTEGER PRIMARY KEY, a)");
        await fixture.RunOnAsync(other, "SELECT 1");
        var before = runs.Count;
        await fixture.RunAsync(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) INSERT INTO t(a) SELECT i FROM n");
        Assert.NotEqual(before, runs.Count);
        before = runs.Count;
        var rows = new ResultCollector();
        await fixture.RunOnAsync(other, "SELECT 1");
        await fixture.Engine.ExecuteAsync(fixture.Id, SqlRequest.Single("SELECT a FROM t ORDER BY id"), rows);

        Assert.NotEqual(before, runs.Count);
        Assert.Equal(Enumerable.Range(1, 20_000).Select(value => (long)value), rows.Rows.Select(row => row[0].AsInteger));
        Assert.Equal("20000|20000", await fixture.RunAsync("SELECT count(*), max(id) FROM t"));
    }

    [Fact]
    public async Task A_group_of_which_one_takes_long_is_committed_whole()
    {
        await using var fixture = await EngineFixture.StartAsync(AllSlow);
        using var runs = new MetricCount(fixture.Options, "shoal.slow.runs");
        var other = await OtherAsync(fixture);
        await fixture.RunAsync("CREATE TABLE t(w, a UNIQUE)");
        await fixture.RunOnAsync(other, "SELECT 1");
        var before = runs.Count;

        var errors = await Task.WhenAll(Enumerable.Range(0, 20).Select(async writer =>
        {
            var value = writer % 5 == 0 ? "'same'" : writer.ToString(System.Globalization.CultureInfo.InvariantCulture);
            return await Record.ExceptionAsync(() => fixture.RunAsync(
                $"INSERT INTO t SELECT {writer}, {value} FROM (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
                + "WHERE i < 20000) SELECT count(*) FROM n)"));
        }));

        Assert.NotEqual(before, runs.Count);
        Assert.Equal(3, errors.OfType<SqlException>().Count());
        Assert.Equal("17|17", await fixture.RunAsync("SELECT count(*), count(DISTINCT a) FROM t"));
    }

    [Fact]
    public async Task Databases_take_turns_so_that_an_endless_query_holds_up_no_other()
    {
        await using var fixture = await EngineFixture.StartAsync();
        using var runs = new MetricCount(fixture.Options, "shoal.slow.runs");
        var other = await OtherAsync(fixture);
        using var stop = new CancellationTokenSource();
        var endless = new List<Task>();
        for (var index = 0; index < 4; index++)
        {
            await fixture.RunOnAsync(other, "SELECT 1");
            endless.Add(fixture.Engine
                .ExecuteAsync(fixture.Id, SqlRequest.Single(Endless), new ResultCollector(), stop.Token).AsTask());
        }

        Assert.InRange(runs.Count, 4, long.MaxValue);
        Assert.Equal("3000000", await fixture.RunOnAsync(other, Endless.Replace(
            "FROM n)", "FROM n WHERE i < 3000000)", StringComparison.Ordinal)));

        Assert.DoesNotContain(endless, task => task.IsCompleted);
        await stop.CancelAsync();
        foreach (var task in endless)
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => task);
        }
    }

    [Fact]
    public async Task What_took_long_begins_in_the_lane_the_next_time()
    {
        await using var fixture = await EngineFixture.StartAsync();
        var other = await OtherAsync(fixture);
        var counting = Endless.Replace("FROM n)", "FROM n WHERE i < 2000000)", StringComparison.Ordinal);
        await fixture.RunAsync("CREATE TABLE t(a)");
        foreach (var sql in new[] { counting, $"INSERT INTO t {counting}" })
        {
            var sink = new CountingSink();
            await fixture.RunOnAsync(other, "SELECT 1");
            await fixture.Engine.ExecuteAsync(fixture.Id, SqlRequest.Single(sql), sink);
            Assert.Equal(1, sink.Resets);

            await fixture.RunOnAsync(other, "SELECT 1");
            await fixture.Engine.ExecuteAsync(fixture.Id, SqlRequest.Single(sql), sink);
            Assert.Equal(1, sink.Resets);
        }

        Assert.Equal("2|2000000", await fixture.RunAsync("SELECT count(*), max(a) FROM t"));
    }

    [Fact]
    public async Task Who_has_an_answer_may_reuse_the_request_at_once()
    {
        await using var fixture = await EngineFixture.StartAsync(new EngineLimits { InlineTimeMax = TimeSpan.FromMilliseconds(200) });
        using var runs = new MetricCount(fixture.Options, "shoal.slow.runs");
        var other = await OtherAsync(fixture);
        await fixture.RunAsync("CREATE TABLE t(a)");
        var counting = "INSERT INTO t " + Endless.Replace("FROM n)", "FROM n WHERE i < ?)", StringComparison.Ordinal);
        await fixture.RunOnAsync(other, "SELECT 1");
        await fixture.RunAsync(counting, SqlValue.Integer(6_000_000));

        // It is known to take long, and now does not, so that it is forgotten again.
        var before = runs.Count;
        await fixture.RunOnAsync(other, "SELECT 1");
        var sink = new ResultCollector();
        var items = new LentItems(new SqlBatchItem(counting, [SqlValue.Integer(1)]), sink);
        await fixture.Engine.ExecuteAsync(fixture.Id, new SqlRequest { Items = items }, sink);
        items.IsReturned = true;

        // Behind what is left of it.
        await fixture.RunAsync("INSERT INTO t VALUES (0)");
        Assert.NotEqual(before, runs.Count);
        Assert.False(items.IsMissed);
        Assert.Equal("3|6000000", await fixture.RunAsync("SELECT count(*), max(a) FROM t"));
    }

    [Fact]
    public async Task A_group_ends_early_while_others_wait_and_the_rest_is_committed_after_it()
    {
        await using var fixture = await EngineFixture.StartAsync(new EngineLimits { InlineTimeMax = TimeSpan.FromHours(1) });
        using var groups = new MetricCount(fixture.Options, "shoal.commits");
        using var done = new CancellationTokenSource();
        var (other, third) = (await OtherAsync(fixture), await OtherAsync(fixture, "third"));
        await fixture.RunAsync("CREATE TABLE t(id INTEGER PRIMARY KEY, a)");
        var writes = new List<Task<string>>();
        var others = Task.CompletedTask;
        var before = groups.Count;
        await using (await fixture.Engine.BeginAsync(fixture.Id))
        {
            // They queue up behind the transaction, and then are one group. None takes less than a group's time.
            for (var index = 0; index < 10; index++)
            {
                var counting = Endless.Replace("FROM n)", "FROM n WHERE i < 100000)", StringComparison.Ordinal);
                writes.Add(fixture.RunAsync($"INSERT INTO t(a) SELECT * FROM ({counting}) RETURNING id"));
            }

            await fixture.RunOnAsync(other, "SELECT 1");
            others = Task.Run(async () =>
            {
                // For as long as it takes: who has asked a second ago does not count any more.
                while (!done.IsCancellationRequested)
                {
                    await fixture.RunOnAsync(other, "SELECT 1");
                    await fixture.RunOnAsync(third, "SELECT 1");
                }
            });
        }

        Assert.Equal(Enumerable.Range(1, 10).Select(id => $"{id}"), await Task.WhenAll(writes));
        await done.CancelAsync();
        await others;
        Assert.Equal(10, groups.Count - before);
        Assert.Equal("10|100000", await fixture.RunAsync("SELECT count(*), min(a) FROM t"));
    }

    [Fact]
    public void Work_of_each_database_is_begun_in_turn()
    {
        var places = Math.Max(1, Environment.ProcessorCount - 1);
        using var metrics = new EngineMetrics();
        using var lane = new SlowLane(new EngineLimits(), metrics);
        using var blocked = new SemaphoreSlim(0);
        using var noted = new CountdownEvent(6);
        using var done = new CountdownEvent(places);
        var order = new ConcurrentQueue<string>();
        for (var index = 0; index < places; index++)
        {
            lane.Enqueue(new LaneWork(DatabaseId.NewRandom(), () =>
            {
                blocked.Wait();
                done.Signal();
            }));
        }

        var first = DatabaseId.NewRandom();
        for (var index = 0; index < 5; index++)
        {
            lane.Enqueue(new LaneWork(first, () => Note("first")));
        }

        lane.Enqueue(new LaneWork(DatabaseId.NewRandom(), () => Note("second")));
        blocked.Release();
        noted.Wait();

        Assert.Equal(["first", "second", "first", "first", "first", "first"], order);
        blocked.Release(places);
        done.Wait();

        void Note(string name)
        {
            order.Enqueue(name);
            noted.Signal();
        }
    }

    /// <summary>A second database: only where somebody else wants something does anything give way.</summary>
    private static async Task<DatabaseId> OtherAsync(EngineFixture fixture, string name = "other") =>
        (await fixture.Engine.CreateDatabaseAsync(EngineFixture.New(name))).Id;

    /// <summary>
    /// Statements that are gone when their sender has its answer. Who looks at them in the lane after they have run gives him the time
    /// to have it.
    /// </summary>
    private sealed class LentItems(SqlBatchItem item, ResultCollector sink) : IReadOnlyList<SqlBatchItem>
    {
        private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(20);

        public volatile bool IsReturned;
        public volatile bool IsMissed;

        public int Count => Look(1);

        public SqlBatchItem this[int index] => Look(item);

        public IEnumerator<SqlBatchItem> GetEnumerator() => Look<IEnumerable<SqlBatchItem>>([item]).GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

        private T Look<T>(T value)
        {
            if (sink.Results.Count > 0 && Thread.CurrentThread.Name == "slow SQL")
            {
                IsMissed |= SpinWait.SpinUntil(() => IsReturned, Patience);
            }

            return value;
        }
    }
}
