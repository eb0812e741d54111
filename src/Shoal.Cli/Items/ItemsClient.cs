using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Shoal.Cli.Items;

/// <summary>Speaks DynamoDB's protocol with an items endpoint, signed by Signature Version 4.</summary>
internal sealed class ItemsClient(Uri endpoint, string accessKey, string secret, TimeProvider time) : IDisposable
{
    private const string Region = "us-east-1";
    private const string SignedHeaders = "content-type;host;x-amz-date;x-amz-target";

    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = endpoint };

    /// <summary>Runs an operation.</summary>
    /// <exception cref="CliException">It was refused, or nobody answers.</exception>
    public async Task<JsonDocument> SendAsync(string operation, byte[] body, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/") { Content = new ByteArrayContent(body) };
        Sign(request, operation, body);
        try
        {
            using var response = await _http.SendAsync(request, cancellationToken);
            var reply = await response.Content.ReadAsByteArrayAsync(cancellationToken);
            var document = JsonDocument.Parse(reply.Length == 0 ? "{}"u8.ToArray() : reply);
            return response.IsSuccessStatusCode ? document : throw Refused(document.RootElement);
        }
        catch (Exception error) when (error is HttpRequestException or JsonException)
        {
            throw new CliException($"no items endpoint answers at {endpoint}: {error.Message}",
                "start the server with: shoal serve --items-urls http://127.0.0.1:8000", error);
        }
    }

    public void Dispose() => _http.Dispose();

    private static CliException Refused(JsonElement error)
    {
        var type = error.TryGetProperty("__type", out var name) ? name.GetString()!.Split('#')[^1] : "error";
        var message = error.TryGetProperty("message", out var text) || error.TryGetProperty("Message", out text)
            ? text.GetString() : null;
        return new CliException(message is null ? type : $"{type}: {message}");
    }

    private void Sign(HttpRequestMessage request, string operation, byte[] body)
    {
        const string Type = "application/x-amz-json-1.0";
        var now = time.GetUtcNow().UtcDateTime;
        var moment = now.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
        var scope = $"{now.ToString("yyyyMMdd", CultureInfo.InvariantCulture)}/{Region}/dynamodb/aws4_request";
        var target = $"DynamoDB_20120810.{operation}";
        request.Content!.Headers.ContentType = new MediaTypeHeaderValue(Type);
        request.Headers.Host = endpoint.Authority;
        request.Headers.TryAddWithoutValidation("X-Amz-Date", moment);
        request.Headers.TryAddWithoutValidation("X-Amz-Target", target);
        var canonical = $"POST\n/\n\ncontent-type:{Type}\nhost:{endpoint.Authority}\nx-amz-date:{moment}\nx-amz-target:{target}\n\n"
            + $"{SignedHeaders}\n{Hex(SHA256.HashData(body))}";
        var text = $"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{Hex(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)))}";
        var key = Encoding.UTF8.GetBytes("AWS4" + secret);
        foreach (var part in scope.Split('/'))
        {
            key = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(part));
        }

        request.Headers.TryAddWithoutValidation("Authorization", $"AWS4-HMAC-SHA256 Credential={accessKey}/{scope}, "
            + $"SignedHeaders={SignedHeaders}, Signature={Hex(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text)))}");
    }

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);
}
