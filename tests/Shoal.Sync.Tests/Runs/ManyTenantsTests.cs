using System.Diagnostics;
using Shoal.Client.D1;
using Shoal.Sync.Tests.Postgres;

namespace Shoal.Sync.Tests.Runs;

/// <summary>Goal: tenants where nothing happens cost nothing while others are busy. Method: many tenants, of which few change.</summary>
public sealed class ManyTenantsTests(PostgresCluster cluster, ITestOutputHelper output) : IClassFixture<PostgresCluster>
{
    private const int Hot = 100;
    private const int Rounds = 20;

    /// <summary>
    /// Almost all of the time goes into making the databases, which a server does at about 200 a second on two processors. More of them by
    /// the environment.
    /// </summary>
    private static readonly int Tenants = int.Parse(Environment.GetEnvironmentVariable("SHOAL_TEST_TENANTS") ?? "1000");

    [Fact]
    public async Task Idle_tenants_cost_nothing_while_few_are_hot()
    {
        await using var sync = await SyncFixture.CreateAsync(cluster, $"""
            CREATE TABLE products(id int8, tenant_id text, name text, price numeric(12,2), body text, PRIMARY KEY(tenant_id, id));
            INSERT INTO products SELECT i, 't' || i % {Tenants}, 'n', 0, 'b' FROM generate_series(0, {(2 * Tenants) - 1}) i;
            """, """{"table": "products", "route": {"column": "tenant_id"}}""");
        sync.TenantsQuery = "SELECT DISTINCT tenant_id FROM products";
        await MeasureAsync("copy", sync.StartAsync);
        Assert.Equal(2 * Tenants, sync.Source!.Counters.Copied);

        // Of a tenant that was copied nothing is kept but its name.
        await sync.StopAsync();
        await MeasureAsync("start", sync.StartAsync);
        Assert.Equal((0, Tenants), (sync.Source.OpenTenants, sync.Source.TenantStates.Sum(static one => one.Count)));
        var before = (await sync.RowsAsync("t550", "SELECT applied_lsn, updated_ms FROM _sync_state"))[0];
        await MeasureAsync("stream", async () =>
        {
            for (var round = 0; round < Rounds; round++)
            {
                await sync.ExecuteAsync($"UPDATE products SET price = price + 1 WHERE id % {Tenants} < {Hot}; UPDATE products SET name = 'r{round}' WHERE id = {round}");
            }

            await sync.CaughtUpAsync();
        });
        for (var tenant = 0; tenant < Hot; tenant++)
        {
            Assert.Equal([$"{tenant}|{Rounds}.00|{(tenant < Rounds ? $"r{tenant}" : "n")}", $"{Tenants + tenant}|{Rounds}.00|n"],
                await sync.RowsAsync($"t{tenant}", "SELECT id, price, name FROM products ORDER BY id"));
        }

        Assert.Equal((Rounds * Hot * 2) + Rounds, sync.Source.Counters.Rows);
        Assert.Equal(Hot, sync.Source.Counters.Tenants.Count);
        Assert.Equal(Hot, sync.Source.OpenTenants);
        Assert.Equal([before], await sync.RowsAsync("t550", "SELECT applied_lsn, updated_ms FROM _sync_state"));

        // What came while it was away, for a tenant that it has only the name of, for one whose database is gone, and for all.
        await sync.StopAsync();
        await sync.ExecuteAsync("UPDATE products SET name = 'later' WHERE id = 599");
        await sync.Client.DeleteDatabaseAsync("t700");
        await sync.StartAsync();
        await sync.CaughtUpAsync();
        Assert.Equal(["later"], await sync.RowsAsync("t599", "SELECT name FROM products WHERE id = 599"));
        await SyncFixture.UntilAsync(() => Task.FromResult(sync.Source.Counters.Resyncs == 1), () => "no copy");
        Assert.Equal(["700", $"{Tenants + 700}"], await sync.RowsAsync("t700", "SELECT id FROM products ORDER BY id"));
        Assert.Equal(2, sync.Source.OpenTenants);
    }

    private async Task MeasureAsync(string what, Func<Task> run)
    {
        var began = Stopwatch.GetTimestamp();
        await run();
        output.WriteLine($"{what}: {Stopwatch.GetElapsedTime(began).TotalSeconds:0.0} s");
    }
}
