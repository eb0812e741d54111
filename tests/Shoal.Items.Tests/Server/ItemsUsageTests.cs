using System.Text.Json.Nodes;

namespace Shoal.Items.Tests.Server;

public sealed class ItemsUsageTests
{
    [Fact]
    public async Task Requests_for_items_count_by_operation_and_caller_with_rows_bytes_and_errors()
    {
        await using var server = await ItemsServer.StartAsync();
        await server.SendAsync("CreateTable",
            """
            {"TableName": "tab", "BillingMode": "PAY_PER_REQUEST", "KeySchema": [{"AttributeName": "a", "KeyType": "HASH"}],
             "AttributeDefinitions": [{"AttributeName": "a", "AttributeType": "S"}]}
            """);
        await server.SendAsync("BatchWriteItem",
            """
            {"RequestItems": {"tab": [{"PutRequest": {"Item": {"a": {"S": "x"}}}}, {"PutRequest": {"Item": {"a": {"S": "y"}}}}]}}
            """);
        var scan = await server.SendAsync("Scan", """{"TableName": "tab"}""");
        await server.SendAsync("PutItem", """{"TableName": "tab", "Item": {"b": {"S": "x"}}}""");

        var rows = await UsageAsync(server, "statement");
        var write = rows.Single(static row => (string?)row["statement"] == "(items BatchWriteItem)");
        Assert.Equal((1, 1, 0), ((int)write["count"]!, (int)write["writes"]!, (int)write["errors"]!));
        Assert.True((long)write["rows_written"]! >= 2);
        var read = rows.Single(static row => (string?)row["statement"] == "(items Scan)");
        Assert.Equal((1, 1, 0L), ((int)read["count"]!, (int)read["reads"]!, (long)read["rows_written"]!));
        Assert.True((long)read["rows_read"]! >= 2);
        var put = rows.Single(static row => (string?)row["statement"] == "(items PutItem)");
        Assert.Equal((1, 1), ((int)put["count"]!, (int)put["errors"]!));

        var caller = (await UsageAsync(server, "token")).Single();
        Assert.Equal("items endpoint", (string?)caller["token_name"]);
        Assert.Equal((4, 1), ((int)caller["count"]!, (int)caller["errors"]!));
        Assert.True((long)caller["response_bytes"]! > (await scan.Reply.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).Length);
    }

    [Fact]
    public async Task Requests_for_items_are_in_the_metrics()
    {
        await using var server = await ItemsServer.StartAsync();
        await server.SendAsync("ListTables", "{}");
        await server.SendAsync("NoSuchOperation", "{}");

        // A connection's next request begins when the one before it has ended.
        await server.SendAsync("ListTables", "{}");

        var metrics = (await server.Server.Client.GetAsync("/metrics")).Text;
        Assert.Contains("http_route=\"items/ListTables\",http_response_status_code=\"200\"", metrics, StringComparison.Ordinal);
        Assert.Contains("http_route=\"(none)\",http_response_status_code=\"400\"", metrics, StringComparison.Ordinal);
    }

    private static async Task<List<JsonNode>> UsageAsync(ItemsServer server, string by)
    {
        var reply = await server.Server.Client.GetAsync($"/client/v4/accounts/shoal/d1/usage?by={by}&database=items");
        return [.. reply.Result!["rows"]!.AsArray().Select(static row => row!)];
    }
}
