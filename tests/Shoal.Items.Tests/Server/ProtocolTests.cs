using System.Net;
using System.Text;

namespace Shoal.Items.Tests.Server;

/// <summary>What stands around every request: methods, headers, order of checks.</summary>
public sealed class ProtocolTests
{
    [Fact]
    public async Task Replies_carry_an_id_a_checksum_and_the_type_that_was_sent()
    {
        await using var server = await ItemsServer.StartAsync();
        var (status, _, reply) = await server.SendAsync("ListTables", "{}");
        Assert.Equal(200, status);
        Assert.Matches("^[0-9A-Z]{52}$", reply.Headers.GetValues("x-amzn-RequestId").Single());
        Assert.Equal("application/x-amz-json-1.0", reply.Content.Headers.ContentType!.ToString());

        // The CRC-32 of {"TableNames":[]}, from another implementation.
        Assert.Equal("1315925753", reply.Headers.GetValues("x-amz-crc32").Single());
    }

    [Fact]
    public async Task A_get_is_a_health_check_with_the_checksum_that_clients_know()
    {
        await using var server = await ItemsServer.StartAsync();
        using var http = new HttpClient();
        using var reply = await http.GetAsync(server.Address);
        Assert.Equal("healthy: dynamodb.us-east-1.amazonaws.com ", await reply.Content.ReadAsStringAsync());
        Assert.Equal("3128867991", reply.Headers.GetValues("x-amz-crc32").Single());
        using var put = await http.PutAsync(server.Address, new StringContent("{}"));
        Assert.Equal(HttpStatusCode.NotFound, put.StatusCode);
        Assert.Equal("<UnknownOperationException/>\n", await put.Content.ReadAsStringAsync());
        Assert.Equal("3552371480", put.Headers.GetValues("x-amz-crc32").Single());
    }

    [Fact]
    public async Task Json_comes_before_operation_comes_before_signature()
    {
        await using var server = await ItemsServer.StartAsync();
        static void Unsigned(HttpRequestMessage request) => request.Headers.Remove("Authorization");
        async Task<string> TypeAsync(string operation, string body) =>
            (string)(await server.SendAsync(operation, body, Unsigned)).Body!["__type"]!;
        Assert.Equal("com.amazon.coral.service#SerializationException", await TypeAsync("Nonsense", "{"));
        Assert.Equal("com.amazon.coral.service#UnknownOperationException", await TypeAsync("Nonsense", "{}"));
        Assert.Equal("com.amazon.coral.service#MissingAuthenticationTokenException", await TypeAsync("ListTables", """{"Limit": "x"}"""));
        Assert.Equal("SerializationException: STRING_VALUE cannot be converted to Integer",
            await server.ErrorAsync("ListTables", """{"Limit": "x"}"""));
    }

    [Fact]
    public async Task A_body_of_more_than_16_MiB_is_refused_with_an_empty_chunked_reply()
    {
        await using var server = await ItemsServer.StartAsync();
        var (status, _, reply) = await server.SendAsync("PutItem", $"{{\"a\": \"{new string('x', 17 * 1024 * 1024)}\"}}");
        Assert.Equal(413, status);
        Assert.True(reply.Headers.TransferEncodingChunked);
    }

    [Fact]
    public async Task A_browser_may_ask_from_anywhere()
    {
        await using var server = await ItemsServer.StartAsync();
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Options, server.Address);
        request.Headers.Add("Origin", "https://example.com");
        request.Headers.Add("Access-Control-Request-Headers", "x-amz-target");
        using var reply = await http.SendAsync(request);
        Assert.Equal("*", reply.Headers.GetValues("Access-Control-Allow-Origin").Single());
        Assert.Equal("x-amz-target", reply.Headers.GetValues("Access-Control-Allow-Headers").Single());
        Assert.Equal("172800", reply.Headers.GetValues("Access-Control-Max-Age").Single());
    }

    [Fact]
    public async Task No_input_breaks_the_server_or_holds_it()
    {
        await using var server = await ItemsServer.StartAsync();
        await server.SendAsync("CreateTable",
            """
            {"TableName": "tab", "BillingMode": "PAY_PER_REQUEST", "KeySchema": [{"AttributeName": "a", "KeyType": "HASH"}],
             "AttributeDefinitions": [{"AttributeName": "a", "AttributeType": "S"}]}
            """);
        var seed = Environment.TickCount;
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        var random = new Random(seed);
        string[] operations = ["PutItem", "UpdateItem", "Query", "Scan", "BatchWriteItem", "TransactWriteItems", "CreateTable", "GetItem"];
        string[] pieces =
        [
            "(", ")", "a", " ", "=", ":v", "#n", "AND", "OR", "NOT", "[0]", ".", ",", "SET ", "REMOVE ", "size(", "IN", "BETWEEN", "<>", "+",
            "\u00e9", "0", "\\ud800", "attribute_exists(", "{", "}", "[", "]",
        ];
        for (var round = 0; round < 600; round++)
        {
            var expression = string.Concat(Enumerable.Range(0, random.Next(1, 60)).Select(_ => pieces[random.Next(pieces.Length)]));
            var text = """
                {"TableName": "tab", "Key": {"a": {"S": "x"}}, "Item": {"a": {"S": "x"}}, "UpdateExpression": "EXPRESSION",
                 "ConditionExpression": "EXPRESSION", "FilterExpression": "EXPRESSION", "KeyConditionExpression": "EXPRESSION",
                 "RequestItems": {"tab": [{"PutRequest": {"Item": {"a": {"S": "EXPRESSION"}}}}]}, "ExpressionAttributeValues": {":v": {"S": "x"}}}
                """.Replace("EXPRESSION", expression, StringComparison.Ordinal);
            var bytes = Encoding.UTF8.GetBytes(text);
            if (round % 3 == 0)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(32, 127);
            }

            var (status, body, _) = await server.SendAsync(operations[random.Next(operations.Length)], Encoding.UTF8.GetString(bytes));
            Assert.True(status is 200 or 400, $"{status} {body} for {text}");
        }

        foreach (var deep in (string[])[new string('(', 4000), string.Concat(Enumerable.Repeat("NOT ", 1000)), new string('x', 5000)])
        {
            var error = await server.ErrorAsync("Scan", $$"""{"TableName": "tab", "FilterExpression": "{{deep}}"}""");
            Assert.StartsWith("ValidationException: Invalid FilterExpression:", error, StringComparison.Ordinal);
        }

        Assert.Equal(400, (await server.SendAsync("PutItem", string.Concat(Enumerable.Repeat("{\"M\":", 2_000)))).Status);
    }
}
