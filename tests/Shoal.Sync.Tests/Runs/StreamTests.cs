using Shoal.Sync.Tests.Postgres;

namespace Shoal.Sync.Tests.Runs;

/// <summary>Goal: tenants hold what PostgreSQL holds, whatever is done there. Method: real PostgreSQL, real server, full comparison.</summary>
[Collection(PostgresCollection.Name)]
public sealed class StreamTests(PostgresCluster cluster)
{
    private const string Schema = """
        CREATE TABLE products(id int8 PRIMARY KEY, tenant_id text NOT NULL, name text, price numeric(12,2), body text);
        CREATE UNIQUE INDEX products_sync ON products(tenant_id, id);
        ALTER TABLE products REPLICA IDENTITY USING INDEX products_sync;
        ALTER TABLE products ALTER body SET STORAGE EXTERNAL;
        """;

    private const string Tables = """{"table": "products", "route": {"column": "tenant_id"}, "indexes": {"by_name": "name"}}""";

    [Fact]
    public async Task What_is_there_and_what_comes_arrives_at_the_tenant_it_belongs_to()
    {
        await using var sync = await SyncFixture.CreateAsync(cluster, Schema, Tables);
        await sync.ExecuteAsync("INSERT INTO products VALUES (1, 'a', 'x', 1.50, NULL), (2, 'b', 'tab\tand\nline\\', 2, '')");
        await sync.StartAsync();
        Assert.True(sync.Source!.IsStreaming, "it is ready, and does not stream");
        await sync.ExecuteAsync("INSERT INTO products VALUES (3, 'a', 'y', 3, 'z'), (4, 'new', 'n', 4, NULL)");
        await sync.ExecuteAsync("UPDATE products SET name = 'changed' WHERE id = 1; DELETE FROM products WHERE id = 2");
        await sync.CaughtUpAsync();
        Assert.Equal(["1|a|changed|1.50|NULL", "3|a|y|3.00|z"], await sync.RowsAsync("a", "SELECT * FROM products ORDER BY id"));
        Assert.Empty(await sync.RowsAsync("b", "SELECT * FROM products"));
        await SyncFixture.UntilAsync(async () => (await sync.RowsAsync("new", "SELECT name FROM products")).Count == 1, () => "no row");
        Assert.Equal(["by_name"], await sync.RowsAsync("a", "SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"));
    }

    [Fact]
    public async Task A_truncate_empties_every_tenant_in_its_place()
    {
        await using var sync = await SyncFixture.CreateAsync(cluster, Schema, Tables);
        await sync.ExecuteAsync("INSERT INTO products SELECT i, 'abc'::char(3)::text || i % 3, 'n', i, NULL FROM generate_series(1, 30) i");
        await sync.StartAsync();
        await sync.ExecuteAsync("BEGIN; INSERT INTO products VALUES (100, 'abc0', 'before', 1, NULL); TRUNCATE products RESTART IDENTITY CASCADE; "
            + "INSERT INTO products VALUES (101, 'abc1', 'after', 1, NULL); COMMIT");
        await sync.CaughtUpAsync();
        Assert.Empty(await sync.RowsAsync("abc0", "SELECT id FROM products"));
        Assert.Equal(["101"], await sync.RowsAsync("abc1", "SELECT id FROM products"));
        Assert.Empty(await sync.RowsAsync("abc2", "SELECT id FROM products"));
    }

    [Fact]
    public async Task Rolled_back_savepoints_leave_nothing()
    {
        await using var sync = await SyncFixture.CreateAsync(cluster, Schema, Tables);
        await sync.ExecuteAsync("INSERT INTO products VALUES (1, 'a', 'x', 1, NULL)");
        await sync.StartAsync();
        await sync.ExecuteAsync("BEGIN; SAVEPOINT s; UPDATE products SET name = 'no'; INSERT INTO products VALUES (2, 'a', 'no', 1, NULL); "
            + "ROLLBACK TO s; INSERT INTO products VALUES (3, 'a', 'yes', 1, NULL); COMMIT");
        await sync.CaughtUpAsync();
        Assert.Equal(["1|x", "3|yes"], await sync.RowsAsync("a", "SELECT id, name FROM products ORDER BY id"));
    }

    [Fact]
    public async Task A_refused_row_is_put_aside_and_everything_else_goes_on()
    {
        await using var sync = await SyncFixture.CreateAsync(cluster, Schema, Tables);
        await sync.ExecuteAsync("INSERT INTO products VALUES (1, 'a', 'x', 1, NULL), (2, 'b', 'x', 1, NULL)");
        await sync.StartAsync();
        await sync.Client.Database("a").ExecAsync("CREATE TRIGGER no BEFORE INSERT ON products WHEN new.id = 13 BEGIN SELECT RAISE(ABORT, 'unlucky'); END");
        await sync.ExecuteAsync("INSERT INTO products SELECT i, CASE i % 2 WHEN 0 THEN 'b' ELSE 'a' END, 'n', i, NULL FROM generate_series(3, 100) i");
        await sync.CaughtUpAsync();
        Assert.Equal(["49"], await sync.RowsAsync("a", "SELECT count(*) FROM products"));
        Assert.Equal(["50"], await sync.RowsAsync("b", "SELECT count(*) FROM products"));
        var letter = Assert.Single(await sync.Store.ListDeadLettersAsync(10, default));
        Assert.Equal(("a", "products", "13"), (letter.Tenant, letter.Table, letter.Key));
        Assert.Contains("unlucky", letter.Error, StringComparison.Ordinal);
        var tenants = (await sync.Store.ListTenantsAsync(default)).ToDictionary(one => one.Tenant, one => one.Status);
        Assert.Equal("degraded", tenants["a"]);
        Assert.Equal("streaming", tenants["b"]);

        await sync.Client.Database("a").ExecAsync("DROP TRIGGER no");
        await sync.Store.SetStatusAsync("a", "needsResync", "asked for", default);
        await sync.CaughtUpAsync();
        await AssertSameAsync(sync, "a", "b");
        Assert.Empty(await sync.Store.ListDeadLettersAsync(10, default));
    }

    [Fact]
    public async Task A_tenant_whose_table_is_gone_is_copied_again_while_the_others_go_on()
    {
        await using var sync = await SyncFixture.CreateAsync(cluster, Schema, Tables);
        await sync.ExecuteAsync("INSERT INTO products SELECT i, CASE i % 2 WHEN 0 THEN 'b' ELSE 'a' END, 'n', i, NULL FROM generate_series(1, 100) i");
        await sync.StartAsync();
        await sync.Client.DeleteDatabaseAsync("a");
        await sync.ExecuteAsync("UPDATE products SET name = 'm'");
        await SyncFixture.UntilAsync(async () => (await sync.Client.FindDatabaseAsync("a")) is not null
            && (await sync.RowsAsync("a", "SELECT 1 FROM sqlite_master WHERE name = 'products'")).Count > 0
            && (await sync.RowsAsync("a", "SELECT id FROM products WHERE name = 'm'")).Count == 50, () => "tenant a is not back");
        await sync.CaughtUpAsync();
        await AssertSameAsync(sync, "a", "b");
    }

    [Fact]
    public async Task A_transaction_too_large_to_hold_arrives_whole()
    {
        await using var sync = await SyncFixture.CreateAsync(cluster, Schema, Tables);
        await sync.ExecuteAsync("INSERT INTO products SELECT i, 't' || i % 3, 'n', i, NULL FROM generate_series(1, 100) i");
        await sync.StartAsync();
        await sync.ExecuteAsync("BEGIN; DELETE FROM products WHERE id < 20; "
            + "INSERT INTO products SELECT i, 't' || i % 4, 'n', i, NULL FROM generate_series(1000, 8000) i; COMMIT");
        await sync.ExecuteAsync("UPDATE products SET name = 'after' WHERE id % 10 = 0");
        await sync.CaughtUpAsync();
        await AssertSameAsync(sync, "t0", "t1", "t2", "t3");
    }

    [Fact]
    public async Task Children_go_where_their_parent_is_and_move_with_it()
    {
        await using var sync = await SyncFixture.CreateAsync(cluster, """
            CREATE TABLE orders(id int8 PRIMARY KEY, tenant_id text NOT NULL);
            CREATE UNIQUE INDEX orders_sync ON orders(tenant_id, id);
            ALTER TABLE orders REPLICA IDENTITY USING INDEX orders_sync;
            CREATE TABLE items(id int8 PRIMARY KEY, order_id int8 NOT NULL REFERENCES orders ON DELETE CASCADE, name text);
            CREATE UNIQUE INDEX items_sync ON items(order_id, id);
            ALTER TABLE items REPLICA IDENTITY USING INDEX items_sync;
            CREATE TABLE countries(code text PRIMARY KEY, name text);
            INSERT INTO orders VALUES (1, 'a'), (2, 'b'), (3, 'a');
            INSERT INTO items SELECT i, 1 + i % 3, 'n' FROM generate_series(1, 30) i;
            INSERT INTO countries VALUES ('de', 'Germany');
            """, """
            {"table": "orders", "route": {"column": "tenant_id"}},
            {"table": "items", "route": {"via": "orders", "on": "order_id = id", "column": "tenant_id"}},
            {"table": "countries", "route": "broadcast"}
            """);
        await sync.StartAsync();
        Assert.Equal(["20"], await sync.RowsAsync("a", "SELECT count(*) FROM items"));
        await sync.ExecuteAsync("UPDATE orders SET tenant_id = 'b' WHERE id = 1");
        await sync.ExecuteAsync("INSERT INTO items VALUES (100, 1, 'late'); DELETE FROM items WHERE id = 3");
        await sync.ExecuteAsync("DELETE FROM orders WHERE id = 2");
        await sync.ExecuteAsync("INSERT INTO orders VALUES (9, 'c'); INSERT INTO items VALUES (200, 9, 'new'); INSERT INTO countries VALUES ('fr', 'France')");
        await sync.CaughtUpAsync();
        foreach (var tenant in (string[])["a", "b", "c"])
        {
            var expected = await sync.SourceRowsAsync("SELECT i.id, i.order_id, i.name FROM items i JOIN orders o ON o.id = i.order_id "
                + $"WHERE o.tenant_id = '{tenant}' ORDER BY i.id");
            Assert.NotEmpty(expected);
            await SyncFixture.UntilAsync(async () => (await sync.RowsAsync(tenant, "SELECT 1 FROM sqlite_master WHERE name = 'countries'")).Count == 1
                && (await sync.RowsAsync(tenant, "SELECT code FROM countries")).Count == 2, () => $"no countries at {tenant}");
            Assert.Equal(expected, await sync.RowsAsync(tenant, "SELECT id, order_id, name FROM items ORDER BY id"));
        }
    }

    [Fact]
    public async Task A_lost_slot_is_made_anew_and_all_tenants_are_made_right()
    {
        await using var sync = await SyncFixture.CreateAsync(cluster, Schema, Tables);
        await sync.ExecuteAsync("INSERT INTO products SELECT i, 't' || i % 3, 'n', i, NULL FROM generate_series(1, 100) i");
        await sync.StartAsync();
        await sync.CaughtUpAsync();
        await sync.StopAsync();
        await sync.SlotIsFreeAsync();
        await sync.ExecuteAsync($"SELECT pg_drop_replication_slot('{sync.Settings.Slot}')");
        await sync.ExecuteAsync("DELETE FROM products WHERE tenant_id = 't2'; UPDATE products SET name = 'm' WHERE id < 50");
        await sync.StartAsync();
        await sync.CaughtUpAsync();
        await AssertSameAsync(sync, "t0", "t1", "t2");
    }

    [Fact]
    public async Task A_copy_that_has_got_old_is_made_anew_by_itself()
    {
        await using var sync = await SyncFixture.CreateAsync(cluster, Schema, Tables);
        sync.Apply = ", \"resyncEvery\": \"200ms\"";
        await sync.ExecuteAsync("INSERT INTO products VALUES (1, 'a', 'x', 1, NULL)");
        await sync.StartAsync();
        await sync.Client.Database("a").ExecAsync("UPDATE products SET name = 'somebody else was here'");
        await SyncFixture.UntilAsync(async () => (await sync.RowsAsync("a", "SELECT name FROM products")).SequenceEqual(["x"]), () => "still different");
    }

    [Fact]
    public async Task A_slot_that_somebody_else_has_moved_on_is_not_trusted()
    {
        await using var sync = await SyncFixture.CreateAsync(cluster, Schema, Tables);
        await sync.ExecuteAsync("INSERT INTO products VALUES (1, 'a', 'x', 1, NULL)");
        await sync.StartAsync();
        await sync.CaughtUpAsync();
        await sync.StopAsync();
        await sync.ExecuteAsync("INSERT INTO products VALUES (2, 'a', 'y', 1, NULL)");
        await sync.SlotIsFreeAsync();
        await sync.ExecuteAsync($"SELECT pg_replication_slot_advance('{sync.Settings.Slot}', pg_current_wal_lsn())");
        await sync.StartAsync();
        await sync.CaughtUpAsync();
        await AssertSameAsync(sync, "a");
    }

    [Fact]
    public async Task A_new_column_arrives_with_the_values_that_older_rows_got()
    {
        await using var sync = await SyncFixture.CreateAsync(cluster, Schema, Tables);
        await sync.ExecuteAsync("INSERT INTO products VALUES (1, 'a', 'x', 1, NULL)");
        await sync.StartAsync();
        await sync.ExecuteAsync("ALTER TABLE products ADD COLUMN stock int NOT NULL DEFAULT 7; INSERT INTO products VALUES (2, 'a', 'y', 1, NULL, 9)");
        await SyncFixture.UntilAsync(async () => (await sync.RowsAsync("a", "SELECT 1 FROM sqlite_master WHERE name = 'products' AND sql LIKE '%stock%'"))
            .Count == 1, () => "no column");
        await sync.CaughtUpAsync();
        Assert.Equal(["1|7", "2|9"], await sync.RowsAsync("a", "SELECT id, stock FROM products ORDER BY id"));
    }

    internal static async Task AssertSameAsync(SyncFixture sync, params string[] tenants)
    {
        var total = 0;
        foreach (var tenant in tenants)
        {
            var expected = await sync.SourceRowsAsync($"SELECT id, tenant_id, name, price, encode(sha256(convert_to(body, 'UTF8')), 'hex') FROM products WHERE tenant_id = '{tenant}' ORDER BY id");
            var rows = await sync.RowsAsync(tenant, "SELECT id, tenant_id, name, price, body FROM products ORDER BY id");
            Assert.Equal(expected, rows.Select(Hashed));
            total += rows.Count;
        }

        Assert.Equal([total.ToString()], await sync.SourceRowsAsync("SELECT count(*) FROM products"));
    }

    private static string Hashed(string row)
    {
        var at = row.LastIndexOf('|') + 1;
        return row[at..] == "NULL" ? row
            : row[..at] + Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(row[at..])));
    }
}
