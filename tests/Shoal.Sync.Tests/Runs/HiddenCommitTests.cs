using Shoal.Client.D1;
using Shoal.Sync.Tests.Postgres;

namespace Shoal.Sync.Tests.Runs;

/// <summary>
/// Goal: the sync never takes what it reads beside the stream for newer than the stream. PostgreSQL sends a commit before others see it.
/// Method: commits that wait for a standby which does not exist, so that they stay unseen for as long as the test wants.
/// </summary>
public sealed class HiddenCommitTests(PostgresCluster cluster) : IClassFixture<PostgresCluster>
{
    private const string Standby = "nobody";

    private const string Schema = """
        CREATE TABLE orders(id int8 PRIMARY KEY, tenant_id text NOT NULL, note text);
        CREATE UNIQUE INDEX orders_sync ON orders(tenant_id, id);
        ALTER TABLE orders REPLICA IDENTITY USING INDEX orders_sync;
        CREATE TABLE items(id int8 PRIMARY KEY, order_id int8 NOT NULL, body text);
        ALTER TABLE items ALTER body SET STORAGE EXTERNAL;
        CREATE UNIQUE INDEX items_sync ON items(order_id, id);
        ALTER TABLE items REPLICA IDENTITY USING INDEX items_sync;
        INSERT INTO orders SELECT i, 't' || i % 2, 'n' FROM generate_series(0, 9) i;
        INSERT INTO items SELECT i, i % 10, repeat('x', 4000) FROM generate_series(0, 19) i;
        """;

    private const string Tables = """
        {"table": "orders", "route": {"column": "tenant_id"}},
        {"table": "items", "route": {"via": "orders", "on": "order_id = id", "column": "tenant_id"}}
        """;

    private static readonly string[] Tenants = ["t0", "t1"];

    [Theory]
    [InlineData("INSERT INTO orders VALUES (100, 't0', 'new'); INSERT INTO items VALUES (100, 100, 'child'); UPDATE orders SET tenant_id = 't1' WHERE id = 100")]
    [InlineData("INSERT INTO items VALUES (100, 2, 'child'); UPDATE orders SET tenant_id = 't1' WHERE id = 2")]
    [InlineData("INSERT INTO items VALUES (100, 100, 'before its parent'); INSERT INTO orders VALUES (100, 't1', 'new')")]
    [InlineData("UPDATE items SET body = repeat('y', 5000) WHERE id = 4; UPDATE items SET order_id = 3 WHERE id = 4")]
    [InlineData("DELETE FROM items WHERE id = 12; UPDATE orders SET tenant_id = 't1' WHERE id = 2")]
    [InlineData("UPDATE items SET body = 'z' WHERE id = 12; DELETE FROM orders WHERE id = 2; INSERT INTO orders VALUES (2, 't1', 'again')")]
    public async Task Rows_that_the_stream_does_not_bring_are_not_read_before_the_commit_shows(string sql)
    {
        await using var sync = await StartAsync();
        await using (var held = await HeldCommit.BeginAsync(sync, cluster.Connection(sync.Database), sql))
        {
            await SyncFixture.UntilAsync(() => Task.FromResult(sync.Source!.CommitWaits > 0 || sync.Source.Confirmed >= held.Position),
                () => "the stream does not come");
            Assert.True(await held.IsWaitingAsync());
            await held.ReleaseAsync();
        }

        await sync.CaughtUpAsync();
        await AssertSameAsync(sync);
        Assert.Equal(0, sync.Source!.Counters.Resyncs);
    }

    [Fact]
    public async Task A_copy_has_what_the_tenant_had_before_it()
    {
        await using var sync = await StartAsync();
        await using (var held = await HeldCommit.BeginAsync(sync, cluster.Connection(sync.Database), "INSERT INTO orders VALUES (100, 't0', 'new')"))
        {
            await SyncFixture.UntilAsync(() => Task.FromResult(sync.Source!.Confirmed >= held.Position), () => "the stream does not come");
            Assert.Equal(["100"], await sync.RowsAsync("t0", "SELECT id FROM orders WHERE id = 100"));
            await sync.Store.SetStatusAsync("t0", "needsResync", "asked for", default);
            await SyncFixture.UntilAsync(() => Task.FromResult(sync.Source!.CommitWaits > 0 || sync.Source.Counters.Resyncs > 0),
                () => "no copy");
            Assert.True(await held.IsWaitingAsync());
            await held.ReleaseAsync();
        }

        await sync.CaughtUpAsync();
        await AssertSameAsync(sync);
        await SyncFixture.UntilAsync(() => Task.FromResult(sync.Source!.Counters.Resyncs > 0), () => "the copy is not counted");
        Assert.Equal(1, sync.Source!.Counters.Resyncs);
    }

    [Fact]
    public async Task A_job_takes_nothing_away_that_PostgreSQL_has_sent()
    {
        await using var sync = await StartAsync(" \"jobs\": [{\"name\": \"all\"}],");
        await using (var held = await HeldCommit.BeginAsync(sync, cluster.Connection(sync.Database), "INSERT INTO orders VALUES (100, 't0', 'new')"))
        {
            await SyncFixture.UntilAsync(() => Task.FromResult(sync.Source!.Confirmed >= held.Position), () => "the stream does not come");
            await new SyncJobs(sync.Settings, sync.Client).RequestAsync("all", default);
            await SyncFixture.UntilAsync(() => Task.FromResult(sync.Source!.CommitWaits > 0 || sync.Source.Jobs.Differing > 0), () => "no job");
            Assert.True(await held.IsWaitingAsync());
            await held.ReleaseAsync();
        }

        await SyncFixture.UntilAsync(() => Task.FromResult(sync.Source!.Jobs.Runs == 1), () => "the job does not end");
        Assert.Equal(0, sync.Source!.Jobs.Differing);
        await AssertSameAsync(sync);
    }

    /// <summary>The commit waits for the sync, and the sync for the commit.</summary>
    [Fact]
    public async Task A_sync_that_commits_wait_for_does_not_wait_for_them_for_ever()
    {
        await using var sync = await StartAsync(standby: true);
        await using (var held = await HeldCommit.BeginAsync(sync, cluster.Connection(sync.Database), "UPDATE orders SET tenant_id = 't1' WHERE id = 2"))
        {
            await held.EndAsync();
        }

        await SyncFixture.UntilAsync(() => Task.FromResult(sync.Source!.Counters.Resyncs >= 2), () => "no copies");
        await sync.CaughtUpAsync();
        await AssertSameAsync(sync);
    }

    private static async Task AssertSameAsync(SyncFixture sync)
    {
        foreach (var tenant in Tenants)
        {
            Assert.Equal(await sync.SourceRowsAsync($"SELECT id, tenant_id, note FROM orders WHERE tenant_id = '{tenant}' ORDER BY id"),
                await sync.RowsAsync(tenant, "SELECT * FROM orders ORDER BY id"));
            Assert.Equal(await sync.SourceRowsAsync("SELECT i.* FROM items i JOIN orders o ON o.id = i.order_id "
                + $"WHERE o.tenant_id = '{tenant}' ORDER BY i.id"), await sync.RowsAsync(tenant, "SELECT * FROM items ORDER BY id"));
        }
    }

    /// <param name="jobs">More of the configuration.</param>
    /// <param name="standby">Whether the sync is the standby that commits wait for.</param>
    private async Task<SyncFixture> StartAsync(string jobs = "", bool standby = false)
    {
        await cluster.ExecuteAsync("postgres", $"ALTER SYSTEM SET synchronous_standby_names = '{Standby}'");
        await cluster.ExecuteAsync("postgres", "ALTER SYSTEM SET synchronous_commit = 'local'");
        await cluster.StopImmediatelyAsync();
        await cluster.StartAsync();
        var sync = await SyncFixture.CreateAsync(cluster, Schema, Tables);
        sync.Queue = jobs;
        if (standby)
        {
            sync.Connection += ";Application Name=" + Standby;
            sync.Apply = ", \"commitWait\": \"300ms\"";
        }
        else
        {
            sync.Apply = ", \"commitWait\": \"60s\"";
        }

        await sync.StartAsync();
        return sync;
    }
}
