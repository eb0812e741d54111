using Npgsql;

#pragma warning disable CA5394 // reproducible on purpose

namespace Shoal.Sync.Tests.Runs;

/// <summary>
/// Writers that change rows all the time: what is not the same when it is done twice, moves, deletions, large values that stay.
/// </summary>
internal sealed class ShopWorkload : IAsyncDisposable
{
    public const string Schema = """
        CREATE TABLE products(id int8 PRIMARY KEY, tenant_id text NOT NULL, name text, price numeric(12,2), body text);
        CREATE UNIQUE INDEX products_sync ON products(tenant_id, id);
        ALTER TABLE products REPLICA IDENTITY USING INDEX products_sync;
        ALTER TABLE products ALTER body SET STORAGE EXTERNAL;
        INSERT INTO products SELECT i, 't' || i % 8, 'n', 0, repeat('x', 3000) FROM generate_series(1, 400) i;
        """;

    public const string Tables = """{"table": "products", "route": {"column": "tenant_id"}}""";

    private const int TenantCount = 8;

    /// <summary>Between two transactions of a writer: without it, they outrun the sync where the disk is fast and processors are few.</summary>
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(10);

    /// <summary>
    /// Transactions after which a writer waits until the sync has those that came before them: else a sync that is slow, because the
    /// machine is, would never be done with what came while it copied or compared.
    /// </summary>
    private const int Ahead = 20;

    private readonly CancellationTokenSource _stop = new();
    private readonly SyncFixture _sync;
    private readonly List<Task<int>> _writers;

    private ShopWorkload(SyncFixture sync, int seed, int writers)
    {
        _sync = sync;
        _writers = [.. Enumerable.Range(0, writers).Select(writer => WriteAsync(new Random(seed + writer + 1), writer))];
    }

    public static string[] Tenants { get; } = [.. Enumerable.Range(0, TenantCount).Select(tenant => $"t{tenant}")];

    public static ShopWorkload Start(SyncFixture sync, int seed, int writers = 3) => new(sync, seed, writers);

    /// <summary>Ends the writers and compares everything.</summary>
    /// <returns>Transactions that committed.</returns>
    public async Task<int> StopAndCompareAsync()
    {
        await _stop.CancelAsync();
        var committed = (await Task.WhenAll(_writers).WaitAsync(TimeSpan.FromMinutes(2))).Sum();
        await _sync.CaughtUpAsync();
        await StreamTests.AssertSameAsync(_sync, Tenants);
        Assert.True(committed > 0);
        return committed;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_writers).WaitAsync(TimeSpan.FromMinutes(2));
        _stop.Dispose();
    }

    private async Task<int> WriteAsync(Random random, int writer)
    {
        var committed = 0;
        var reached = 0UL;
        var next = 1_000_000 * (writer + 1);
        while (!_stop.IsCancellationRequested)
        {
            var id = random.Next(1, 401);
            var sql = random.Next(6) switch
            {
                0 => $"UPDATE products SET tenant_id = 't{random.Next(TenantCount)}' WHERE id IN ({id}, {random.Next(1, 401)})",
                1 => $"INSERT INTO products VALUES ({++next}, 't{random.Next(TenantCount)}', 'i', 0, repeat('y', {random.Next(4000)}))",
                2 => $"DELETE FROM products WHERE id = {random.Next((1_000_000 * (writer + 1)) + 1, next + 1)}",
                3 => $"BEGIN; UPDATE products SET price = price + 1 WHERE id % 50 = {id % 50}; UPDATE products SET body = repeat('z', "
                    + $"{random.Next(5000)}) WHERE id = {id}; COMMIT",
                _ => $"UPDATE products SET price = price + 1, name = name || '.' WHERE id = {id}",
            };
            try
            {
                await _sync.ExecuteAsync(sql);
                committed++;
                await Task.Delay(Pace, CancellationToken.None);
                if (committed % Ahead == 0)
                {
                    await FollowedAsync(reached);
                    reached = ulong.Parse((await _sync.SourceRowsAsync("SELECT (pg_current_wal_flush_lsn() - '0/0'::pg_lsn)::int8"))[0]);
                }
            }
            catch (NpgsqlException)
            {
                // The server is being killed, or two writers wait for each other.
                await Task.Delay(20, CancellationToken.None);
            }
        }

        return committed;
    }

    /// <summary>Waits until everything before a position is durable at the tenants, as long as there is a sync that streams.</summary>
    private async Task FollowedAsync(ulong position)
    {
        while (!_stop.IsCancellationRequested && _sync.Source is { IsStreaming: true } source && source.Confirmed < position)
        {
            await Task.Delay(Pace, CancellationToken.None);
        }
    }
}
