using Npgsql;
using Shoal.Sync.Tests.Postgres;

#pragma warning disable CA5394 // reproducible on purpose

namespace Shoal.Sync.Tests.Runs;

/// <summary>
/// Goal: whatever is killed, no change is lost and none is applied twice. Method: writers change and move rows without a pause
/// while a part is killed again and again; then everything is compared. The seed is printed.
/// </summary>
public sealed class KillTests(PostgresCluster cluster, ITestOutputHelper output) : IClassFixture<PostgresCluster>
{
    private const int Tenants = 8;
    private const int Kills = 6;

    private const string Schema = """
        CREATE TABLE products(id int8 PRIMARY KEY, tenant_id text NOT NULL, name text, price numeric(12,2), body text);
        CREATE UNIQUE INDEX products_sync ON products(tenant_id, id);
        ALTER TABLE products REPLICA IDENTITY USING INDEX products_sync;
        ALTER TABLE products ALTER body SET STORAGE EXTERNAL;
        INSERT INTO products SELECT i, 't' || i % 8, 'n', 0, repeat('x', 3000) FROM generate_series(1, 400) i;
        """;

    private const string Tables = """{"table": "products", "route": {"column": "tenant_id"}}""";

    [Fact(Explicit = true)]
    public Task The_sync_is_killed() => RunAsync(async (sync, _) =>
    {
        await sync.StopAsync();
        await sync.StartAsync();
    });

    [Fact(Explicit = true)]
    public Task PostgreSQL_is_stopped_at_once() => RunAsync(async (_, _) =>
    {
        await cluster.StopImmediatelyAsync();
        await cluster.StartAsync();
    });

    [Fact]
    public async Task The_network_to_PostgreSQL_is_cut()
    {
        await using var proxy = new CutProxy(cluster.Port);
        await RunAsync((_, _) =>
        {
            proxy.Cut();
            return Task.CompletedTask;
        }, sync => sync.Connection = sync.Connection.Replace($"Port={cluster.Port}", $"Port={proxy.Port}", StringComparison.Ordinal));
    }

    [Fact(Explicit = true)]
    public async Task The_network_to_the_server_is_cut()
    {
        CutProxy? proxy = null;
        try
        {
            await RunAsync((_, _) =>
            {
                proxy!.Cut();
                return Task.CompletedTask;
            }, sync =>
            {
                proxy = new CutProxy(sync.Server.Address.Port);
                sync.Address = new Uri($"http://127.0.0.1:{proxy.Port}");
            });
        }
        finally
        {
            if (proxy is not null)
            {
                await proxy.DisposeAsync();
            }
        }
    }

    private async Task RunAsync(Func<SyncFixture, Random, Task> kill, Action<SyncFixture>? prepare = null)
    {
        var seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        await using var sync = await SyncFixture.CreateAsync(cluster, Schema, Tables);
        prepare?.Invoke(sync);
        await sync.StartAsync();
        using var stop = new CancellationTokenSource();
        var writers = Enumerable.Range(0, 3).Select(writer => WriteAsync(sync, new Random(seed + writer + 1), writer, stop.Token)).ToList();
        for (var round = 0; round < Kills; round++)
        {
            await Task.Delay(random.Next(100, 400));
            await kill(sync, random);
        }

        await stop.CancelAsync();
        var committed = (await Task.WhenAll(writers)).Sum();
        await sync.CaughtUpAsync();
        await StreamTests.AssertSameAsync(sync, [.. Enumerable.Range(0, Tenants).Select(tenant => $"t{tenant}")]);
        output.WriteLine($"{committed} transactions, {sync.Source!.Counters.Skipped} skipped, {sync.Source.Counters.Moves} moves");
        Assert.True(committed > 0);
        Assert.Equal(0, sync.Source.Counters.DeadLetters);
    }

    /// <summary>Changes that are not the same when they are done twice, moves, deletions, large values that stay.</summary>
    private static async Task<int> WriteAsync(SyncFixture sync, Random random, int writer, CancellationToken stopping)
    {
        var committed = 0;
        var next = 1_000_000 * (writer + 1);
        while (!stopping.IsCancellationRequested)
        {
            var id = random.Next(1, 401);
            var sql = random.Next(6) switch
            {
                0 => $"UPDATE products SET tenant_id = 't{random.Next(Tenants)}' WHERE id IN ({id}, {random.Next(1, 401)})",
                1 => $"INSERT INTO products VALUES ({++next}, 't{random.Next(Tenants)}', 'i', 0, repeat('y', {random.Next(4000)}))",
                2 => $"DELETE FROM products WHERE id = {random.Next((1_000_000 * (writer + 1)) + 1, next + 1)}",
                3 => $"BEGIN; UPDATE products SET price = price + 1 WHERE id % 50 = {id % 50}; UPDATE products SET body = repeat('z', "
                    + $"{random.Next(5000)}) WHERE id = {id}; COMMIT",
                _ => $"UPDATE products SET price = price + 1, name = name || '.' WHERE id = {id}",
            };
            try
            {
                await sync.ExecuteAsync(sql);
                committed++;
            }
            catch (NpgsqlException)
            {
                // The server is being killed, or two writers wait for each other.
                await Task.Delay(20, CancellationToken.None);
            }
        }

        return committed;
    }
}
