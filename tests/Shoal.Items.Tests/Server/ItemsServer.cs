using System.Text;
using System.Text.Json.Nodes;
using Amazon.DynamoDBv2;
using Amazon.Runtime;

namespace Shoal.Items.Tests.Server;

/// <summary>A real server with the items endpoint, and ways to speak to it: raw, and as the AWS SDK does.</summary>
internal sealed class ItemsServer : IAsyncDisposable
{
    private readonly TestServer _server;
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false });

    private ItemsServer(TestServer server) => _server = server;

    public string Address => _server.Server.ItemsAddresses[0];

    public TestServer Server => _server;

    public static async Task<ItemsServer> StartAsync(Action<TestServerOptions>? configure = null) =>
        new(await TestServer.StartAsync(options =>
        {
            options.ItemsUrls = ["http://127.0.0.1:0"];
            configure?.Invoke(options);
        }));

    public AmazonDynamoDBClient Client(string accessKey = "key", string secret = "secret") => new(
        new BasicAWSCredentials(accessKey, secret),
        new AmazonDynamoDBConfig { ServiceURL = Address, MaxErrorRetry = 0, AuthenticationRegion = "us-east-1" });

    /// <summary>Sends a body as it is, signed in form.</summary>
    public async Task<(int Status, JsonNode? Body, HttpResponseMessage Reply)> SendAsync(string operation, string body,
        Action<HttpRequestMessage>? change = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Address)
        {
            Content = new StringContent(body, Encoding.UTF8),
        };
        request.Content.Headers.Remove("Content-Type");
        request.Content.Headers.TryAddWithoutValidation("Content-Type", "application/x-amz-json-1.0");
        request.Headers.TryAddWithoutValidation("X-Amz-Target", operation.Contains('.', StringComparison.Ordinal) ? operation : $"DynamoDB_20120810.{operation}");
        request.Headers.TryAddWithoutValidation("X-Amz-Date", "20130101T000000Z");
        request.Headers.TryAddWithoutValidation("Authorization",
            "AWS4-HMAC-SHA256 Credential=a/20130101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=b");
        change?.Invoke(request);
        var response = await _http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        return ((int)response.StatusCode, text.StartsWith('{') ? JsonNode.Parse(text) : null, response);
    }

    /// <summary>The type after the hash, and the message, of an error.</summary>
    public async Task<string> ErrorAsync(string operation, string body)
    {
        var (status, json, _) = await SendAsync(operation, body);
        Assert.Equal(400, status);
        return $"{((string)json!["__type"]!).Split('#')[1]}: {(string?)(json["message"] ?? json["Message"])}";
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _server.DisposeAsync();
    }
}
