using System.Net.Http.Headers;
using Shoal.Client.D1;
using Shoal.Sync.Tests.Postgres;

namespace Shoal.Sync.Tests.Runs;

/// <summary>Goal: a sync in the server's process is as safe as one beside it, and never ends the server. Method: the real program.</summary>
public sealed class ServedSyncTests(PostgresCluster cluster) : IClassFixture<PostgresCluster>
{
    [Fact]
    public async Task Server_and_sync_are_killed_together_and_lose_nothing()
    {
        await using var sync = await SyncFixture.CreateAsync(cluster, ShopWorkload.Schema, ShopWorkload.Tables, inProcesses: true,
            account: "shoal", servesSync: true);
        await sync.ServerProgram!.SaysAsync("streaming from slot");
        await using var writers = ShopWorkload.Start(sync, Environment.TickCount);
        await sync.CaughtUpAsync();
        await sync.ServerProgram.KillAsync();
        await sync.StartServerAsync();
        await sync.ServerProgram.SaysAsync("streaming from slot");
        await writers.StopAndCompareAsync();

        var metrics = await MetricsAsync(sync.Address);
        Assert.Contains($"shoal_sync_up{{source=\"{sync.Database}\"}} 1", metrics, StringComparison.Ordinal);
        Assert.Contains("# TYPE shoal_sync_backpressure_seconds_total counter", metrics, StringComparison.Ordinal);
        Assert.Equal(0, await sync.ServerProgram.EndAsync());
        Assert.DoesNotContain("trying again", sync.ServerProgram.Said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_sync_that_fails_leaves_the_server_alone_and_is_begun_again()
    {
        // Nothing says whose a deleted row was, which the sync refuses to begin with.
        await using var sync = await SyncFixture.CreateAsync(cluster, "CREATE TABLE products(id int8 PRIMARY KEY, tenant_id text NOT NULL)",
            """{"table": "products", "route": {"column": "tenant_id"}}""", inProcesses: true, account: "shoal", servesSync: true);
        await sync.ServerProgram!.SaysAsync("trying again");
        Assert.Equal(["1"], await sync.Client.Database("other", createIfMissing: true).Prepare("SELECT 1").AllAsync(static row => $"{row.GetInt64(0)}"));
        await sync.ExecuteAsync("CREATE UNIQUE INDEX products_sync ON products(tenant_id, id); ALTER TABLE products REPLICA IDENTITY USING INDEX products_sync; "
            + "INSERT INTO products VALUES (1, 'a')");
        await sync.CaughtUpAsync();
        Assert.Equal(["1|a"], await sync.RowsAsync("a", "SELECT * FROM products"));
        Assert.Equal(0, await sync.ServerProgram.EndAsync());
    }

    private static async Task<string> MetricsAsync(Uri address)
    {
        using var http = new HttpClient();
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", TestServer.Token);
        return await http.GetStringAsync(new Uri(address, "/metrics"));
    }
}
