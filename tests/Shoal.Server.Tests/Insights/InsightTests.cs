using System.Text.Json.Nodes;
using Shoal.TestKit;

namespace Shoal.Server.Tests.Insights;

public sealed class InsightTests
{
    private const string Insert = "INSERT INTO orders(customer, total) VALUES (?, ?)";

    [Fact]
    public async Task A_scan_gets_an_index_that_then_reads_less()
    {
        await using var server = await TestServer.StartAsync();
        var id = await ShopAsync(server, "shop");
        for (var n = 0; n < 10; n++)
        {
            await server.Client.QueryAsync(id, "SELECT total FROM orders WHERE customer = ?", n);
        }

        var reply = await server.Client.GetAsync($"{server.Client.Databases}/{id}/insights?filter=recommendations");

        var insight = reply.Result!["recommendations"]!["insights"]!.AsArray().Single()!;
        var suggestion = insight["suggestions"]!.AsArray().Single()!;
        Assert.Equal("index_creation", (string?)suggestion["kind"]);
        Assert.Equal("CREATE INDEX idx_orders_customer ON orders(customer)", (string?)suggestion["sql"]);
        Assert.Equal("SELECT total FROM orders WHERE customer = ?", (string?)insight["impacted_queries"]![0]!["query"]);
        Assert.Matches("^[0-9a-f]{64}$", (string?)insight["impacted_queries"]![0]!["id"]);
        Assert.NotNull((string?)reply.Result["recommendations"]!["generated_at"]);

        // The promise, kept: what the suggestion says it saves is what the index saves, within a factor of two.
        await server.Client.QueryAsync(id, (string?)suggestion["sql"] ?? "");
        var after = await server.Client.QueryAsync(id, "SELECT total FROM orders WHERE customer = ?", 3);
        var read = (long)after.Result![0]!["meta"]!["rows_read"]!;
        var promised = 500 + ((long)suggestion["cost_impact"]!["rows_read"]! / 10);
        Assert.InRange(read, 1, 2 * promised);
    }

    [Fact]
    public async Task Row_by_row_writes_get_batching_and_an_honest_bill()
    {
        await using var server = await TestServer.StartAsync();
        var id = await server.Client.CreateAsync("shop");
        await server.Client.QueryAsync(id, "CREATE TABLE orders(id INTEGER PRIMARY KEY, customer, total)");
        for (var n = 0; n < 150; n++)
        {
            await server.Client.QueryAsync(id, Insert, n % 10, n);
        }

        var reply = await server.Client.GetAsync($"{server.Client.Databases}/{id}/insights");

        var insight = reply.Result!["recommendations"]!["insights"]!.AsArray().Single()!;
        var suggestion = insight["suggestions"]!.AsArray().Single()!;
        Assert.Equal("batching", (string?)suggestion["kind"]);
        Assert.Equal((0, 0), ((int)suggestion["cost_impact"]!["rows_read"]!, (int)suggestion["cost_impact"]!["rows_written"]!));
        Assert.True((double)suggestion["cost_impact"]!["query_duration_ms"]! < 0);
        Assert.Contains("148 round trips", (string?)insight["reasoning"], StringComparison.Ordinal);
        Assert.Contains("D1 bills rows, not requests", (string?)insight["reasoning"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Good_statements_and_batches_get_no_remark()
    {
        await using var server = await TestServer.StartAsync();
        var id = await ShopAsync(server, "shop");
        for (var n = 0; n < 10; n++)
        {
            await server.Client.QueryAsync(id, "SELECT * FROM orders");
            await server.Client.QueryAsync(id, "SELECT * FROM orders WHERE id = ?", n);
        }

        var reply = await server.Client.GetAsync($"{server.Client.Databases}/{id}/insights");

        Assert.Empty(reply.Result!["recommendations"]!["insights"]!.AsArray());
    }

    [Fact]
    public async Task An_account_is_read_page_by_page()
    {
        await using var server = await TestServer.StartAsync();
        var ids = new List<string>();
        foreach (var name in (string[])["a", "b", "c"])
        {
            ids.Add(await ShopAsync(server, name));
            for (var n = 0; n < 10; n++)
            {
                await server.Client.QueryAsync(ids[^1], "SELECT total FROM orders WHERE customer = ?", n);
            }
        }

        var found = new List<string?>();
        string? cursor = "";
        while (cursor is not null)
        {
            var reply = await server.Client.GetAsync(
                $"/client/v4/accounts/acme/d1/insights?filter=recommendations&limit=1&cursor={cursor}");
            found.AddRange(reply.Result!["recommendations"]!["insights"]!.AsArray().Select(each => (string?)each!["database_id"]));
            cursor = (string?)reply.Json!["result_info"]!["cursor"];
        }

        Assert.Equal(ids.Order(StringComparer.Ordinal), found);
    }

    [Theory]
    [InlineData("filter=other", "filter must be \"recommendations\"")]
    [InlineData("limit=101", "limit must be a whole number from 1 to 100")]
    [InlineData("cursor=xyz", "cursor must be one that an earlier page gave")]
    public async Task What_is_asked_wrongly_is_refused(string query, string message)
    {
        await using var server = await TestServer.StartAsync();

        var reply = await server.Client.GetAsync($"/client/v4/accounts/acme/d1/insights?{query}");

        Assert.Equal("400/7400 The request is malformed: " + message, reply.Failure);
    }

    private static async Task<string> ShopAsync(TestServer server, string name)
    {
        var id = await server.Client.CreateAsync(name);
        await server.Client.QueryAsync(id, "CREATE TABLE orders(id INTEGER PRIMARY KEY, customer, total)");
        var batch = new JsonArray([.. Enumerable.Range(0, 500).Select(n => (JsonNode)new JsonObject
        {
            ["sql"] = Insert,
            ["params"] = new JsonArray(n % 100, n),
        })]);
        await server.Client.PostAsync($"{server.Client.Databases}/{id}/query", new JsonObject { ["batch"] = batch }.ToJsonString());
        return id;
    }
}
