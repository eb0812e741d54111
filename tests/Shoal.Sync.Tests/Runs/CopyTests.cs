using System.Security.Cryptography;
using System.Text;
using Shoal.Sync.Tests.Postgres;

namespace Shoal.Sync.Tests.Runs;

/// <summary>Goal: a copy holds every row that can be stored, and says which can not.</summary>
[Collection(PostgresCollection.Name)]
public sealed class CopyTests(PostgresCluster cluster)
{
    [Fact]
    public async Task A_row_that_a_copy_can_not_store_is_put_aside_and_stays_on_record()
    {
        await using var sync = await SyncFixture.CreateAsync(cluster, """
            CREATE TABLE items(tenant_id text, id int4, price numeric, PRIMARY KEY(tenant_id, id));
            INSERT INTO items VALUES ('a', 1, 1.25), ('a', 2, 1.255), ('b', 3, 'NaN'), ('b', 4, 2);
            """, """{"table": "items", "route": {"column": "tenant_id"}, "columns": {"price": "integerScaled:2"}}""");
        await sync.StartAsync();
        Assert.Equal(["1|125"], await sync.RowsAsync("a", "SELECT id, price FROM items"));
        Assert.Equal(["4|200"], await sync.RowsAsync("b", "SELECT id, price FROM items"));
        var letters = await sync.Store.ListDeadLettersAsync(10, default);
        Assert.Equal([("a", "a,2"), ("b", "b,3")], letters.Select(static one => (one.Tenant, one.Key)).Order());
        Assert.All(await sync.Store.ListTenantsAsync(default), static one => Assert.Equal("degraded", one.Status));

        await sync.ExecuteAsync("UPDATE items SET price = 7 WHERE id IN (2, 3)");
        await sync.Store.SetStatusAsync("a", "needsResync", "asked for", default);
        await sync.Store.SetStatusAsync("b", "needsResync", "asked for", default);
        await sync.CaughtUpAsync();
        Assert.Empty(await sync.Store.ListDeadLettersAsync(10, default));
        Assert.Equal(["1|125", "2|700"], await sync.RowsAsync("a", "SELECT id, price FROM items ORDER BY id"));
    }

    [Fact]
    public async Task Rows_of_any_length_and_any_character_are_copied_as_they_are()
    {
        await using var sync = await SyncFixture.CreateAsync(cluster, LongRows, Items);
        await sync.StartAsync();
        await AssertLongRowsAsync(sync);
    }

    [Fact]
    public async Task Rows_that_come_before_the_database_is_ready_are_sent_in_requests_that_it_takes()
    {
        await using var sync = await SyncFixture.CreateAsync(cluster, LongRows, Items);
        await using var proxy = await StallingProxy.StartAsync(sync.Address, "a");
        sync.Address = proxy.Address;
        proxy.Stall();
        sync.Begin();
        await SyncFixture.UntilAsync(async () => proxy.Requests > 0 && (await sync.SourceRowsAsync(
            "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'COPY%' "
            + "AND (wait_event = 'ClientWrite' OR state = 'idle in transaction')")).Count > 0, static () => "no copy has begun");
        proxy.GoOn();
        await sync.Source!.Ready.WaitAsync(TimeSpan.FromMinutes(2));
        await AssertLongRowsAsync(sync);
        Assert.All(await sync.Store.ListTenantsAsync(default), static one => Assert.Equal("streaming", one.Status));
    }

    [Fact]
    public async Task A_row_that_the_database_refuses_is_put_aside_and_the_others_of_its_request_are_copied()
    {
        await using var sync = await SyncFixture.CreateAsync(cluster, """
            CREATE TABLE items(tenant_id text, id int4, body text, more text, PRIMARY KEY(tenant_id, id));
            INSERT INTO items SELECT 'a', i, 'short', NULL FROM generate_series(1, 50) i;
            UPDATE items SET body = repeat('x', 15000001) WHERE id IN (7, 31);
            UPDATE items SET body = repeat(chr(11), 1600000), more = repeat(chr(11), 1600000) WHERE id = 40;
            """, Items);
        await sync.StartAsync();
        Assert.Equal(Enumerable.Range(1, 50).Except([7, 31, 40]).Select(static id => $"{id}|short"),
            await sync.RowsAsync("a", "SELECT id, body FROM items ORDER BY id"));
        var letters = await sync.Store.ListDeadLettersAsync(10, default);
        Assert.Equal(["a,31", "a,40", "a,7"], letters.Select(static one => one.Key).Order(StringComparer.Ordinal));
        Assert.All(letters, static one => Assert.True(one.Error.Contains("too big", StringComparison.Ordinal)
            || one.Error.Contains("more than the target takes", StringComparison.Ordinal), one.Error));
        Assert.Equal("degraded", Assert.Single(await sync.Store.ListTenantsAsync(default)).Status);

        await sync.ExecuteAsync("UPDATE items SET body = 'less', more = NULL WHERE id IN (7, 31, 40)");
        await sync.CaughtUpAsync();
        Assert.Equal(["7|less", "31|less", "40|less"],
            await sync.RowsAsync("a", "SELECT id, body FROM items WHERE id IN (7, 31, 40) ORDER BY id"));
    }

    [Fact]
    public async Task A_tenant_of_which_more_rows_are_refused_than_is_allowed_says_so_and_is_tried_again()
    {
        await using var sync = await SyncFixture.CreateAsync(cluster, """
            CREATE TABLE items(tenant_id text, id int4, body text, more text, PRIMARY KEY(tenant_id, id));
            INSERT INTO items SELECT 'a', i, repeat('x', 15000001), NULL FROM generate_series(1, 4) i;
            """, Items);
        sync.Apply = ", \"maxDeadLetters\": 3";
        await sync.StartAsync();
        var tenant = Assert.Single(await sync.Store.ListTenantsAsync(default));
        Assert.Equal("needsResync", tenant.Status);
        Assert.StartsWith("more than 3 rows were refused", tenant.Reason, StringComparison.Ordinal);

        await sync.ExecuteAsync("UPDATE items SET body = 'less' WHERE id = 4");
        await sync.CaughtUpAsync();
        Assert.Equal(["4|less"], await sync.RowsAsync("a", "SELECT id, body FROM items"));
        Assert.Equal(3, (await sync.Store.ListDeadLettersAsync(10, default)).Count);
    }

    private const string Items = """{"table": "items", "route": {"column": "tenant_id"}}""";

    /// <summary>17 MB of rows, most of whose characters are escaped on the way.</summary>
    private const string LongRows = """
        CREATE TABLE items(tenant_id text, id int4, body text, more text, PRIMARY KEY(tenant_id, id));
        INSERT INTO items SELECT 'a', i, repeat(E'é\t\\\n\r\b\f\x0b"\\N', i * i * 20), NULLIF('', CASE i % 2 WHEN 0 THEN '' END) FROM generate_series(0, 60) i;
        """;

    private static async Task AssertLongRowsAsync(SyncFixture sync) => Assert.Equal(
        await sync.SourceRowsAsync("SELECT id, encode(sha256(convert_to(body, 'UTF8')), 'hex'), more FROM items ORDER BY id"),
        (await sync.RowsAsync("a", "SELECT id, body, more FROM items ORDER BY id")).Select(static row =>
        {
            var (from, to) = (row.IndexOf('|') + 1, row.LastIndexOf('|'));
            return row[..from] + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(row[from..to]))) + row[to..];
        }));
}
