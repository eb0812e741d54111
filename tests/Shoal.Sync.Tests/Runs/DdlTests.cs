using Shoal.Sync.Tests.Postgres;
using Shoal.Sync.Verification;

namespace Shoal.Sync.Tests.Runs;

/// <summary>
/// Goal: whatever is done to a table, tenants end with its columns and rows. Method: a script of statements with changes of rows
/// between them; once each is waited for, once they come in a burst that the sync meets in its middle.
/// </summary>
public sealed class DdlTests(PostgresCluster cluster) : IClassFixture<PostgresCluster>
{
    private static readonly string[] Script =
    [
        "ALTER TABLE products ADD COLUMN stock int NOT NULL DEFAULT 7",
        "ALTER TABLE products ADD COLUMN note text",
        "ALTER TABLE products ADD COLUMN made timestamptz DEFAULT now()",
        "ALTER TABLE products ADD COLUMN one int, ADD COLUMN two int DEFAULT 2, DROP COLUMN IF EXISTS nothing",
        "ALTER TABLE products ALTER stock TYPE int8",
        "ALTER TABLE products ALTER price TYPE numeric(14,3)",
        "ALTER TABLE products ALTER note SET DEFAULT 'x'",
        "UPDATE products SET note = 'y' WHERE note IS NULL; ALTER TABLE products ALTER note SET NOT NULL",
        "ALTER TABLE products ALTER note DROP NOT NULL",
        "ALTER TABLE products RENAME COLUMN note TO remark",
        "ALTER TABLE products RENAME COLUMN one TO \"odd \"\"name\"; ALTER TABLE products RENAME COLUMN two TO one",
        "ALTER TABLE products DROP COLUMN made",
        "CREATE INDEX products_by_name ON products(name)",
        "DROP INDEX products_by_name",
        "ALTER TABLE products ADD CONSTRAINT positive CHECK (price >= 0)",
        "ALTER TABLE products DROP CONSTRAINT positive",
        "ALTER TABLE products ALTER stock TYPE text USING 's' || stock",
        "ALTER TABLE products ADD COLUMN tags text[] DEFAULT '{a,b}'",
        "ALTER TABLE products ADD COLUMN doubled numeric GENERATED ALWAYS AS (price * 2) STORED",
        "ALTER TABLE products ALTER body SET STORAGE EXTENDED",
        "COMMENT ON TABLE products IS 'goods'",
        "ALTER TABLE products SET (fillfactor = 70)",
        "CREATE TYPE mood AS ENUM ('good', 'bad'); ALTER TABLE products ADD COLUMN mood mood DEFAULT 'good'",
        "ALTER TYPE mood ADD VALUE 'strange' BEFORE 'bad'",
        "CREATE DOMAIN short AS text CHECK (length(VALUE) < 9); ALTER TABLE products ADD COLUMN code short DEFAULT 'c'",
        "CREATE TABLE other(id int PRIMARY KEY); INSERT INTO other VALUES (1)",
        "DROP TABLE other",
        "ALTER TABLE products ALTER tenant_id TYPE varchar(50)",
        "ALTER TABLE products ALTER id TYPE int4",
        "ALTER TABLE products REPLICA IDENTITY FULL",
        "ALTER TABLE products REPLICA IDENTITY USING INDEX products_sync",
        "ALTER TABLE products DROP CONSTRAINT products_pkey, ADD PRIMARY KEY (tenant_id, id)",
        "ALTER TABLE products REPLICA IDENTITY DEFAULT",
        "DROP INDEX products_sync",
        "TRUNCATE products",
        "VACUUM FULL products",
        "ALTER TABLE products RENAME TO goods; ALTER TABLE goods RENAME TO products",
        "CREATE SCHEMA elsewhere; ALTER TABLE products SET SCHEMA elsewhere; ALTER TABLE elsewhere.products SET SCHEMA public",
        "ALTER TABLE products DROP COLUMN body, ADD COLUMN body bytea",
        "BEGIN; ALTER TABLE products ADD COLUMN never int; ROLLBACK",
        "BEGIN; ALTER TABLE products ADD COLUMN within int; UPDATE products SET within = 5; ALTER TABLE products ADD COLUMN after int DEFAULT 6; COMMIT",
    ];

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Tables_that_are_altered_end_alike(bool waits)
    {
        await using var sync = await SyncFixture.CreateAsync(cluster, """
            CREATE TABLE products(id int8 PRIMARY KEY, tenant_id text NOT NULL, name text, price numeric(12,2), body text);
            CREATE UNIQUE INDEX products_sync ON products(tenant_id, id);
            ALTER TABLE products REPLICA IDENTITY USING INDEX products_sync;
            INSERT INTO products SELECT i, 't' || i % 3, 'n', i, repeat('x', 3000) FROM generate_series(1, 30) i;
            """, """{"table": "products", "route": {"column": "tenant_id"}}""");
        await sync.StartAsync();
        for (var index = 0; index < Script.Length; index++)
        {
            await sync.ExecuteAsync(Script[index]);
            await sync.ExecuteAsync($"INSERT INTO products(id, tenant_id, name, price) VALUES ({1000 + index}, 't{index % 3}', 'i', 1), ({2000 + index}, 't{index % 2}', 'i', 2)");
            await sync.ExecuteAsync($"UPDATE products SET name = name || '{index}.' WHERE id % 5 = {index % 5}");
            await sync.ExecuteAsync($"UPDATE products SET tenant_id = 't{(index + 1) % 3}' WHERE id = {2000 + index}; DELETE FROM products WHERE id = {1000 + index - 3}");
            if (waits)
            {
                await SameAsync(sync, Script[index]);
            }
        }

        await SameAsync(sync, "the whole script");
    }

    private static async Task SameAsync(SyncFixture sync, string after)
    {
        var columns = await sync.SourceRowsAsync("SELECT attname FROM pg_attribute WHERE attrelid = 'products'::regclass "
            + "AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY 1");
        await sync.CaughtUpAsync();
        foreach (var tenant in (string[])["t0", "t1", "t2"])
        {
            await SyncFixture.UntilAsync(async () => columns.SequenceEqual((await sync.RowsAsync(tenant,
                "SELECT name FROM pragma_table_info('products')")).Order(StringComparer.Ordinal)), () => $"{tenant} has other columns after {after}");
        }

        await foreach (var one in new SyncVerifier(sync.Settings, sync.Client).RunAsync([], repairs: false))
        {
            Assert.True(one.Drifted == 0, $"{one.Drifted} of {one.Rows} rows of {one.Tenant} differ after {after}");
        }

        Assert.Empty(await sync.Store.ListDeadLettersAsync(10, default));
    }
}
