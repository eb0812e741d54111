using Shoal.Sync.Tests.Postgres;

namespace Shoal.Sync.Tests.Runs;

/// <summary>Goal: PostgreSQL's disk is safe from the sync, and the tenants come right by themselves. Method: real slots that run out of log.</summary>
public sealed class SlotBudgetTests(PostgresCluster cluster) : IClassFixture<PostgresCluster>
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_slot_that_PostgreSQL_has_given_up_is_made_anew_and_all_tenants_are_made_right(bool paused)
    {
        await using var sync = await SyncFixture.CreateAsync(cluster, ShopWorkload.Schema, ShopWorkload.Tables);
        await BoundAsync("32MB");
        await sync.StartAsync();
        await sync.CaughtUpAsync();
        if (paused)
        {
            await sync.Store.SetPausedAsync(paused: true, default);
            await sync.SlotIsFreeAsync();
        }
        else
        {
            await sync.StopAsync();
        }

        await sync.ExecuteAsync("DELETE FROM products WHERE tenant_id = 't2'; UPDATE products SET name = 'm' WHERE id < 50");
        await UseLogAsync(sync, segments: 6);
        await SyncFixture.UntilAsync(async () => (await sync.SourceRowsAsync(
            $"SELECT wal_status FROM pg_replication_slots WHERE slot_name = '{sync.Settings.Slot}'")).SequenceEqual(["lost"]), () => "the slot is not lost");
        if (paused)
        {
            await sync.Store.SetPausedAsync(paused: false, default);
        }
        else
        {
            await sync.StartAsync();
        }

        await sync.CaughtUpAsync();
        await StreamTests.AssertSameAsync(sync, ShopWorkload.Tenants);
        Assert.Equal(["reserved"], await sync.SourceRowsAsync($"SELECT wal_status FROM pg_replication_slots WHERE slot_name = '{sync.Settings.Slot}'"));
    }

    [Fact]
    public async Task A_slow_tenant_is_given_up_before_the_slot_is_and_copied_when_there_is_room_again()
    {
        await using var sync = await SyncFixture.CreateAsync(cluster, ShopWorkload.Schema, ShopWorkload.Tables);
        await using var proxy = await StallingProxy.StartAsync(sync.Address, "t3");
        await BoundAsync("1GB");
        sync.Address = proxy.Address;
        sync.More = "\"walBudget\": {\"size\": \"128MiB\", \"slowAfter\": \"5s\"},";
        await sync.StartAsync();
        await sync.CaughtUpAsync();
        proxy.Stall();
        var before = proxy.Requests;
        await sync.ExecuteAsync("UPDATE products SET name = 'm' WHERE id < 50");
        await SyncFixture.UntilAsync(() => Task.FromResult(proxy.Requests > before), () => "nothing came for the slow tenant");
        await UseLogAsync(sync, segments: 8);
        await sync.ExecuteAsync("UPDATE products SET name = 'n' WHERE id < 60");
        await SyncFixture.UntilAsync(() => Task.FromResult(sync.Source!.Counters.Sheds == 1), () => "the slow tenant is not given up");
        var passed = ulong.Parse((await sync.SourceRowsAsync("SELECT (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::int8"))[0]);
        await SyncFixture.UntilAsync(() => Task.FromResult(sync.Source!.Confirmed >= passed), () => "the slot does not move on");
        Assert.Equal("t3", Assert.Single(await sync.Store.ListTenantsAsync(default), static one => one.Status == "needsResync").Tenant);
        Assert.Equal(["n"], await sync.RowsAsync("t2", "SELECT name FROM products WHERE id = 58"));

        proxy.GoOn();
        await sync.CaughtUpAsync();
        await StreamTests.AssertSameAsync(sync, ShopWorkload.Tenants);
        Assert.Equal(1, sync.Source!.Counters.Sheds);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_slot_is_dropped_before_it_takes_too_much_where_the_settings_say_so(bool paused)
    {
        await using var sync = await SyncFixture.CreateAsync(cluster, ShopWorkload.Schema, ShopWorkload.Tables);
        await BoundAsync("1GB");
        sync.More = "\"walBudget\": {\"size\": \"128MiB\", \"slowAfter\": \"1h\", \"onExhausted\": \"dropSlotAndResync\"},";
        await using var proxy = await StallingProxy.StartAsync(sync.Address, "t3");
        sync.Address = proxy.Address;
        await sync.StartAsync();
        await sync.CaughtUpAsync();
        if (paused)
        {
            await sync.Store.SetPausedAsync(paused: true, default);
            await sync.SlotIsFreeAsync();
        }
        else
        {
            proxy.Stall();
        }

        var before = await SlotAsync(sync);
        await sync.ExecuteAsync("DELETE FROM products WHERE tenant_id = 't2'; UPDATE products SET name = 'm' WHERE id < 50");
        await UseLogAsync(sync, segments: 9);
        await SyncFixture.UntilAsync(async () => !before.SequenceEqual(await SlotAsync(sync)), () => "the slot is still there");
        proxy.GoOn();
        await sync.Store.SetPausedAsync(paused: false, default);
        await sync.CaughtUpAsync();
        await StreamTests.AssertSameAsync(sync, ShopWorkload.Tenants);
    }

    /// <summary>From where on PostgreSQL keeps log for the slot, when there is one that holds it back.</summary>
    private static Task<IReadOnlyList<string>> SlotAsync(SyncFixture sync) =>
        sync.SourceRowsAsync($"SELECT restart_lsn FROM pg_replication_slots WHERE slot_name = '{sync.Settings.Slot}'");

    private async Task BoundAsync(string size)
    {
        await cluster.ExecuteAsync("postgres", $"ALTER SYSTEM SET max_slot_wal_keep_size = '{size}'");
        await cluster.ExecuteAsync("postgres", "SELECT pg_reload_conf()");
    }

    /// <summary>Lets the log grow by whole segments of 16 MiB, most of them empty.</summary>
    private static async Task UseLogAsync(SyncFixture sync, int segments)
    {
        await sync.ExecuteAsync("CREATE TABLE IF NOT EXISTS elsewhere(i int)");
        for (var segment = 0; segment < segments; segment++)
        {
            await sync.ExecuteAsync("INSERT INTO elsewhere VALUES (1)");
            await sync.ExecuteAsync("SELECT pg_switch_wal()");
        }

        await sync.ExecuteAsync("CHECKPOINT");
    }
}
