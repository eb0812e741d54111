using Shoal.Sync.Tests.Postgres;

namespace Shoal.Sync.Tests.Runs;

/// <summary>
/// Goal: a large value that PostgreSQL does not send, because it did not change, is never lost or replaced. Method: every way to
/// change a row, with every replica identity that can route, then a comparison of all values.
/// </summary>
[Collection(PostgresCollection.Name)]
public sealed class ToastTests(PostgresCluster cluster)
{
    private const string Tables = """{"table": "products", "route": {"column": "tenant_id"}}""";

    private const string Large = "(SELECT string_agg(md5(random()::text), '') FROM generate_series(1, 200))";

    /// <summary>Each on a row of its own, whose number is in the place of <c>$</c>.</summary>
    private static readonly string[] Changes =
    [
        "UPDATE products SET name = 'm' WHERE id = $",
        "UPDATE products SET name = name WHERE id = $",
        $"UPDATE products SET body = {Large} WHERE id = $",
        "UPDATE products SET body = NULL WHERE id = $",
        "UPDATE products SET body = 'short' WHERE id = $; UPDATE products SET name = 'm' WHERE id = $",
        "UPDATE products SET tenant_id = 'b' WHERE id = $",
        $"UPDATE products SET tenant_id = 'b', body = {Large} WHERE id = $",
        $"UPDATE products SET body = {Large} WHERE id = $; UPDATE products SET tenant_id = 'b' WHERE id = $",
        $"UPDATE products SET tenant_id = 'b' WHERE id = $; UPDATE products SET body = {Large} WHERE id = $",
        "UPDATE products SET tenant_id = 'b' WHERE id = $; UPDATE products SET name = 'm' WHERE id = $",
        "UPDATE products SET name = 'm' WHERE id = $; UPDATE products SET tenant_id = 'b' WHERE id = $",
        "UPDATE products SET tenant_id = 'b' WHERE id = $; UPDATE products SET tenant_id = 'a' WHERE id = $",
        "UPDATE products SET tenant_id = 'b' WHERE id = $; UPDATE products SET tenant_id = 'c', name = 'm' WHERE id = $",
        "UPDATE products SET id = id + 1000 WHERE id = $",
        "UPDATE products SET id = id + 1000, tenant_id = 'b' WHERE id = $",
        "UPDATE products SET id = id + 1000 WHERE id = $; UPDATE products SET name = 'm' WHERE id = $ + 1000",
        "UPDATE products SET tenant_id = 'b' WHERE id = $; DELETE FROM products WHERE id = $",
        $"DELETE FROM products WHERE id = $; INSERT INTO products VALUES ($, 'b', 'again', 1, {Large}, 'x')",
        $"DELETE FROM products WHERE id = $; INSERT INTO products VALUES ($, 'a', 'again', 1, 'x', {Large}); UPDATE products SET name = 'm' WHERE id = $",
        "SAVEPOINT s; UPDATE products SET body = 'no', tenant_id = 'b' WHERE id = $; ROLLBACK TO s; UPDATE products SET name = 'm' WHERE id = $",
        $"UPDATE products SET other = {Large} WHERE id = $; UPDATE products SET name = 'm' WHERE id = $",
    ];

    [Theory]
    [InlineData("USING INDEX products_sync", "id")]
    [InlineData("FULL", "id")]
    [InlineData("DEFAULT", "tenant_id, id")]
    public async Task A_large_value_that_does_not_change_stays_whatever_happens_to_its_row(string identity, string key)
    {
        await using var sync = await SyncFixture.CreateAsync(cluster, $"""
            CREATE TABLE products(id int8, tenant_id text NOT NULL, name text, price numeric(12,2), body text, other text, PRIMARY KEY({key}));
            CREATE UNIQUE INDEX products_sync ON products(tenant_id, id);
            ALTER TABLE products REPLICA IDENTITY {identity};
            ALTER TABLE products ALTER body SET STORAGE EXTERNAL, ALTER other SET STORAGE EXTERNAL;
            INSERT INTO products SELECT i, 'a', 'n', i, repeat('b' || i, 4000), repeat('o' || i, 4000) FROM generate_series(1, {Changes.Length * 2}) i;
            """, Tables);
        await sync.StartAsync();
        for (var index = 0; index < Changes.Length; index++)
        {
            await sync.ExecuteAsync($"BEGIN; {Changes[index].Replace("$", $"{index + 1}", StringComparison.Ordinal)}; COMMIT");
        }

        // Again in one transaction, so that later changes meet earlier ones before anything is written.
        var all = Changes.Select((sql, index) => sql.Replace("$", $"{Changes.Length + index + 1}", StringComparison.Ordinal));
        await sync.ExecuteAsync($"BEGIN; {string.Join("; ", all)}; COMMIT");
        await sync.CaughtUpAsync();
        await StreamTests.AssertSameAsync(sync, "a", "b", "c");
        foreach (var tenant in (string[])["a", "b", "c"])
        {
            Assert.Equal(await sync.SourceRowsAsync($"SELECT id, length(other), left(other, 20), right(other, 20) FROM products WHERE tenant_id = '{tenant}' ORDER BY id"),
                await sync.RowsAsync(tenant, "SELECT id, length(other), substr(other, 1, 20), substr(other, -20) FROM products ORDER BY id"));
        }

        Assert.Empty(await sync.Store.ListDeadLettersAsync(10, default));
    }
}
