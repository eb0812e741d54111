using System.Net;
using System.Text;

namespace Shoal.Benchmarks.Items;

/// <summary>Items over DynamoDB's protocol.</summary>
internal sealed class HttpItems : IItemTarget
{
    private readonly HttpClient _http;

    private HttpItems(Uri address) =>
        _http = new HttpClient(new SocketsHttpHandler { UseProxy = false, MaxConnectionsPerServer = 256 }) { BaseAddress = address };

    public static async Task<HttpItems> CreateAsync(Uri address)
    {
        var items = new HttpItems(address);
        await items.SendAsync("CreateTable",
            $$"""
            {"TableName": "{{ItemKeys.Table}}", "BillingMode": "PAY_PER_REQUEST",
             "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
             "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}, {"AttributeName": "sk", "AttributeType": "N"}]}
            """);
        while (!(await items.SendAsync("DescribeTable", $$"""{"TableName": "{{ItemKeys.Table}}"}""")).Contains("ACTIVE", StringComparison.Ordinal))
        {
            await Task.Delay(50);
        }

        return items;
    }

    public Task PutAsync(int number) =>
        SendAsync("PutItem", $$"""{"TableName":"{{ItemKeys.Table}}","Item":{{Item(ItemKeys.One(number))}}}""");

    public Task GetAsync(int number) =>
        SendAsync("GetItem", $$"""{"TableName":"{{ItemKeys.Table}}","Key":{{Key(ItemKeys.One(number))}}}""");

    public Task BatchWriteAsync(int number) => SendAsync("BatchWriteItem", $$"""{"RequestItems":{"{{ItemKeys.Table}}":["""
        + string.Join(',', ItemKeys.Batch(number).Select(static key => $$$"""{"PutRequest":{"Item":{{{Item(key)}}}}}""")) + "]}}");

    public Task BatchGetAsync(int number) => SendAsync("BatchGetItem", $$"""{"RequestItems":{"{{ItemKeys.Table}}":{"Keys":["""
        + string.Join(',', ItemKeys.Batch(number).Select(Key)) + "]}}}");

    public ValueTask DisposeAsync()
    {
        _http.Dispose();
        return ValueTask.CompletedTask;
    }

    private static string Key((string Partition, int Sort) key) =>
        $$$"""{"pk":{"S":"{{{key.Partition}}}"},"sk":{"N":"{{{key.Sort}}}"}}""";

    private static string Item((string Partition, int Sort) key) =>
        $$$"""{"pk":{"S":"{{{key.Partition}}}"},"sk":{"N":"{{{key.Sort}}}"},"n":{"N":"12345"},"data":{"S":"{{{ItemKeys.Payload}}}"}}""";

    private async Task<string> SendAsync(string operation, string body)
    {
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        content.Headers.TryAddWithoutValidation("Content-Type", "application/x-amz-json-1.0");
        using var request = new HttpRequestMessage(HttpMethod.Post, "/") { Content = content };
        request.Headers.TryAddWithoutValidation("X-Amz-Target", "DynamoDB_20120810." + operation);
        request.Headers.TryAddWithoutValidation("X-Amz-Date", "20130101T000000Z");
        request.Headers.TryAddWithoutValidation("Authorization",
            "AWS4-HMAC-SHA256 Credential=a/20130101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=b");
        using var response = await _http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        return response.StatusCode == HttpStatusCode.OK || text.Contains("ResourceInUse", StringComparison.Ordinal) ? text
            : throw new InvalidOperationException(text);
    }
}
