using Shoal.Sync.Tests.Postgres;
using Shoal.Sync.Verification;

namespace Shoal.Sync.Tests.Runs;

[Collection(PostgresCollection.Name)]
public sealed class VerifyTests(PostgresCluster cluster)
{
    [Fact]
    public async Task A_flipped_value_a_missing_row_and_one_too_many_are_found_and_put_right()
    {
        await using var sync = await SyncFixture.CreateAsync(cluster, """
            CREATE TABLE items(tenant_id int4, id uuid DEFAULT gen_random_uuid(), f float8, b bytea, n numeric, PRIMARY KEY(tenant_id, id));
            INSERT INTO items SELECT i % 3, md5(i::text)::uuid, i / 7.0, decode(md5(i::text), 'hex'), i * 1.1 FROM generate_series(1, 9000) i;
            """, """{"table": "items", "route": {"column": "tenant_id"}}""");
        await sync.StartAsync();
        await sync.CaughtUpAsync();
        Assert.All(await VerifyAsync(sync, repairs: false), one => Assert.Equal((3000, 0), (one.Rows, one.Drifted)));
        var one = sync.Client.Database("1");
        await one.ExecAsync("UPDATE items SET f = f + 0.000001 WHERE id = (SELECT min(id) FROM items)");
        await one.ExecAsync("DELETE FROM items WHERE id = (SELECT max(id) FROM items)");
        await one.ExecAsync("INSERT INTO items SELECT tenant_id, 'x', f, b, n FROM items LIMIT 1");
        Assert.Equal([0, 3, 0], (await VerifyAsync(sync, repairs: false)).Select(table => table.Drifted));
        Assert.Equal([0, 3, 0], (await VerifyAsync(sync, repairs: true)).Select(table => table.Repaired));
        Assert.All(await VerifyAsync(sync, repairs: false), table => Assert.Equal(0, table.Drifted));
    }

    private static async Task<List<TableComparison>> VerifyAsync(SyncFixture sync, bool repairs)
    {
        var found = new List<TableComparison>();
        await foreach (var one in new SyncVerifier(sync.Settings, sync.Client).RunAsync([], repairs))
        {
            found.Add(one);
        }

        return found;
    }
}
