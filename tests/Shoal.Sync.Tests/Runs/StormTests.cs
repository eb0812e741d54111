using Npgsql;
using Shoal.Sync.Tests.Postgres;

#pragma warning disable CA5394 // reproducible on purpose

namespace Shoal.Sync.Tests.Runs;

/// <summary>
/// Goal: rows that change their tenant all the time, and tenants that are copied meanwhile, end where PostgreSQL has them. Method:
/// writers that do nothing else, then a comparison of everything. The seed is printed.
/// </summary>
public sealed class StormTests(PostgresCluster cluster, ITestOutputHelper output) : IClassFixture<PostgresCluster>
{
    private const int Orders = 60;
    private const int Writers = 3;
    private const int Transactions = 150;

    private const string Schema = """
        CREATE TABLE orders(id int8 PRIMARY KEY, tenant_id text NOT NULL, note text);
        CREATE UNIQUE INDEX orders_sync ON orders(tenant_id, id);
        ALTER TABLE orders REPLICA IDENTITY USING INDEX orders_sync;
        CREATE TABLE items(id int8 PRIMARY KEY, order_id int8 NOT NULL REFERENCES orders ON DELETE CASCADE ON UPDATE CASCADE, name text, body text);
        ALTER TABLE items ALTER body SET STORAGE EXTERNAL;
        CREATE UNIQUE INDEX items_sync ON items(order_id, id);
        ALTER TABLE items REPLICA IDENTITY USING INDEX items_sync;
        INSERT INTO orders SELECT i, 't' || i % 5, 'n' FROM generate_series(1, 60) i;
        INSERT INTO items SELECT i, 1 + i % 60, 'n', repeat('x', CASE i % 10 WHEN 0 THEN 4000 ELSE 4 END) FROM generate_series(1, 600) i;
        """;

    private const string Tables = """
        {"table": "orders", "route": {"column": "tenant_id"}},
        {"table": "items", "route": {"via": "orders", "on": "order_id = id", "column": "tenant_id"}}
        """;

    private static readonly string[] Tenants = ["t0", "t1", "t2", "t3", "t4"];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_storm_of_moves_leaves_every_row_at_its_tenant(bool resyncs)
    {
        var seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        await using var sync = await SyncFixture.CreateAsync(cluster, Schema, Tables);
        await sync.StartAsync();
        var writing = Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => WriteAsync(sync, new Random(seed + writer), writer)));
        var random = new Random(seed - 1);
        for (var round = 0; resyncs && !writing.IsCompleted; round++)
        {
            await sync.Store.SetStatusAsync(Tenants[random.Next(Tenants.Length)], "needsResync", "asked for", default);
            await Task.WhenAny(writing, Task.Delay(random.Next(200), CancellationToken.None));
        }

        await writing.WaitAsync(TimeSpan.FromMinutes(2));
        await sync.CaughtUpAsync();
        output.WriteLine($"{sync.Source!.Counters.Moves} moves, {sync.Source.Counters.Resyncs} copies, {sync.Source.Counters.Skipped} skipped");
        Assert.True(sync.Source.Counters.Moves > 0);
        Assert.Equal(resyncs, sync.Source.Counters.Resyncs > 0);
        await AssertSameAsync(sync);
        Assert.Empty(await sync.Store.ListDeadLettersAsync(10, default));
    }

    [Fact]
    public async Task A_tenant_is_copied_again_and_again_under_load_without_a_difference()
    {
        var seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        await using var sync = await SyncFixture.CreateAsync(cluster, ShopWorkload.Schema, ShopWorkload.Tables);
        await sync.StartAsync();
        await using var writers = ShopWorkload.Start(sync, seed, writers: 4);
        for (var round = 1; round <= 6; round++)
        {
            await sync.Store.SetStatusAsync(ShopWorkload.Tenants[round % 8], "needsResync", "asked for", default);
            await SyncFixture.UntilAsync(() => Task.FromResult(sync.Source!.Counters.Resyncs >= round), () => $"copy {round} does not end");
        }

        output.WriteLine($"{await writers.StopAndCompareAsync()} transactions, {sync.Source!.Counters.Skipped} skipped");
    }

    private static async Task AssertSameAsync(SyncFixture sync)
    {
        var total = 0;
        foreach (var tenant in Tenants)
        {
            Assert.Equal(await sync.SourceRowsAsync($"SELECT id, tenant_id, note FROM orders WHERE tenant_id = '{tenant}' ORDER BY id"),
                await sync.RowsAsync(tenant, "SELECT * FROM orders ORDER BY id"));
            var items = await sync.RowsAsync(tenant, "SELECT * FROM items ORDER BY id");
            Assert.Equal(await sync.SourceRowsAsync("SELECT i.* FROM items i JOIN orders o ON o.id = i.order_id "
                + $"WHERE o.tenant_id = '{tenant}' ORDER BY i.id"), items);
            total += items.Count;
        }

        Assert.Equal([$"{total}"], await sync.SourceRowsAsync("SELECT count(*) FROM items"));
    }

    private static async Task WriteAsync(SyncFixture sync, Random random, int writer)
    {
        var next = 1_000_000 * (writer + 1);
        for (var index = 0; index < Transactions; index++)
        {
            var (order, other, item) = (random.Next(1, Orders + 1), random.Next(1, Orders + 1), random.Next(1, 601));
            var (tenant, second) = (random.Next(5), random.Next(5));
            var sql = random.Next(10) switch
            {
                0 => $"UPDATE orders SET tenant_id = 't{tenant}' WHERE id IN ({order}, {other}, {random.Next(1, Orders + 1)})",
                1 => $"UPDATE orders SET tenant_id = 't{tenant}' WHERE id = {order}; UPDATE orders SET tenant_id = 't{second}', note = 'twice' WHERE id = {order}",
                2 => $"UPDATE orders SET tenant_id = (SELECT tenant_id FROM orders WHERE id = {other}) WHERE id = {order}; UPDATE orders SET tenant_id = 't{tenant}' WHERE id = {other}",
                3 => $"UPDATE orders SET tenant_id = 't{tenant}' WHERE id = {order}; INSERT INTO items SELECT {++next}, id, 'new', repeat('y', 3000) FROM orders WHERE id = {order}",
                4 => $"UPDATE items SET order_id = {other} WHERE id = {item} AND EXISTS (SELECT 1 FROM orders WHERE id = {other})",
                5 => $"UPDATE items SET name = name || '.' WHERE id = {item}; UPDATE orders SET tenant_id = 't{tenant}' WHERE id = {order}; DELETE FROM items WHERE id = {random.Next(1, 601)}",
                6 => $"INSERT INTO orders VALUES ({++next}, 't{tenant}', 'new'); INSERT INTO items VALUES ({next}, {next}, 'new', 'z'); UPDATE orders SET tenant_id = 't{second}' WHERE id = {next}",
                7 => $"DELETE FROM orders WHERE id = {random.Next((1_000_000 * (writer + 1)) + 1, next + 2)}",
                8 => $"DELETE FROM orders WHERE id = {order}; INSERT INTO orders VALUES ({order}, 't{tenant}', 'again'); INSERT INTO items VALUES ({++next}, {order}, 'child', 'w')",
                _ => $"UPDATE orders SET note = note || '.' WHERE id % 7 = {order % 7}",
            };
            try
            {
                await sync.ExecuteAsync($"BEGIN; {sql}; COMMIT");
            }
            catch (PostgresException error) when (error.SqlState is "40P01" or "23503" or "23505")
            {
                // Two writers wait for each other, or one has taken away what the other refers to.
            }
        }
    }
}
