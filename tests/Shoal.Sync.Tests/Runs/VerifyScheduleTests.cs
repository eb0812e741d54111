using Shoal.Sync.Tests.Postgres;

namespace Shoal.Sync.Tests.Runs;

/// <summary>Goal: a running sync finds by itself what somebody has changed at a tenant, and knows that a copy would succeed.</summary>
[Collection(PostgresCollection.Name)]
public sealed class VerifyScheduleTests(PostgresCluster cluster)
{
    private const string Schema = """
        CREATE TABLE items(tenant_id text, id int4, name text, PRIMARY KEY(tenant_id, id));
        INSERT INTO items SELECT 't' || i % 3, i, 'n' || i FROM generate_series(1, 300) i;
        """;

    private const string Tables = """{"table": "items", "route": {"column": "tenant_id"}}""";

    [Fact]
    public async Task A_flipped_value_is_found_and_put_right_by_itself()
    {
        await using var sync = await SyncFixture.CreateAsync(cluster, Schema, Tables);
        sync.More = "\"verify\": {\"every\": \"300ms\"},";
        await sync.StartAsync();
        await sync.CaughtUpAsync();
        await sync.Client.Database("t1").ExecAsync("UPDATE items SET name = 'flipped' WHERE id = 4");
        await SyncFixture.UntilAsync(async () => (await sync.RowsAsync("t1", "SELECT name FROM items WHERE id = 4")).SequenceEqual(["n4"]),
            () => "still flipped");
        await SyncFixture.UntilAsync(() => Task.FromResult(sync.Source!.Counters is { Drifted: 1, Repaired: 1, Compared: > 3 }),
            () => $"{sync.Source!.Counters.Drifted} drifted, {sync.Source.Counters.Repaired} repaired");
        var metrics = SyncExport.Write([sync.Source!]);
        Assert.Contains($"shoal_sync_drift_rows_total{{source=\"{sync.Settings.Name}\"}} 1\n", metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_repair_a_flipped_value_is_only_counted()
    {
        await using var sync = await SyncFixture.CreateAsync(cluster, Schema, Tables);
        sync.More = "\"verify\": {\"every\": \"300ms\", \"repair\": false},";
        await sync.StartAsync();
        await sync.CaughtUpAsync();
        await sync.Client.Database("t1").ExecAsync("UPDATE items SET name = 'flipped' WHERE id = 4");
        await SyncFixture.UntilAsync(() => Task.FromResult(sync.Source!.Counters.Drifted > 1), () => "nothing found");
        Assert.Equal(["flipped"], await sync.RowsAsync("t1", "SELECT name FROM items WHERE id = 4"));
        Assert.Equal(0, sync.Source!.Counters.Repaired);
    }

    [Fact]
    public async Task A_copy_is_rehearsed_in_a_database_that_goes_again()
    {
        await using var sync = await SyncFixture.CreateAsync(cluster, Schema, Tables);
        sync.More = "\"verify\": {\"shadowEvery\": \"50ms\"},";
        await sync.StartAsync();
        await SyncFixture.UntilAsync(() => Task.FromResult(sync.Source!.Counters.Rehearsals >= 2), () => "no rehearsal");
        Assert.Equal(0, sync.Source!.Counters.FailedRehearsals);
        await sync.StopAsync();
        Assert.Null(await sync.Client.FindDatabaseAsync($"sync-shadow-{sync.Settings.Name}"));
        Assert.Equal(["100"], await sync.RowsAsync("t1", "SELECT count(*) FROM items"));
    }
}
