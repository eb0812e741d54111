using System.Globalization;
using Shoal.Sync.Tests.Postgres;

namespace Shoal.Sync.Tests.Runs;

/// <summary>Goal: a transaction of any size needs little memory. Method: the real program under a bound, a million rows at once.</summary>
public sealed class LargeTransactionTests(PostgresCluster cluster, ITestOutputHelper output) : IClassFixture<PostgresCluster>
{
    private const int MiB = 1024 * 1024;

    [Fact]
    public async Task A_transaction_of_a_million_rows_needs_less_than_256_MiB()
    {
        await using var sync = await SyncFixture.CreateAsync(cluster, """
            CREATE TABLE products(id int8 PRIMARY KEY, tenant_id text NOT NULL, name text, price numeric(12,2), body text);
            CREATE UNIQUE INDEX products_sync ON products(tenant_id, id);
            ALTER TABLE products REPLICA IDENTITY USING INDEX products_sync;
            INSERT INTO products SELECT i, 't' || i % 5, 'n', 0, 'b' FROM generate_series(1, 1000) i;
            """, """{"table": "products", "route": {"column": "tenant_id"}}""", inProcesses: true);

        // As it is by default, not as small as other tests want it.
        sync.Apply = ", \"maxTransactionRows\": 200000";
        sync.HeapMax = 160 * MiB;
        await File.WriteAllTextAsync(sync.ConfigurationPath, sync.Configuration);
        await sync.StartAsync();
        await sync.Program!.SaysAsync("streaming from slot");
        await sync.ExecuteAsync("INSERT INTO products SELECT i, 't' || i % 5, 'Product number ' || i, i, md5(i::text) FROM generate_series(1001, 1000000) i");
        await sync.ExecuteAsync("UPDATE products SET name = 'after' WHERE id % 100000 = 7");
        await sync.CaughtUpAsync();
        Assert.Equal(["1000000|10"], await sync.SourceRowsAsync("SELECT count(*), count(*) FILTER (WHERE name = 'after') FROM products"));
        for (var tenant = 0; tenant < 5; tenant++)
        {
            Assert.Equal(await sync.SourceRowsAsync($"SELECT count(*), sum(id), count(*) FILTER (WHERE name = 'after'), min(body), max(body) FROM products WHERE tenant_id = 't{tenant}'"),
                await sync.RowsAsync($"t{tenant}", "SELECT count(*), sum(id), count(*) FILTER (WHERE name = 'after'), min(body), max(body) FROM products"));
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"at most {sync.Program.PeakBytes / MiB} MiB"));
        Assert.InRange(sync.Program.PeakBytes, MiB, 256L * MiB);
    }
}
