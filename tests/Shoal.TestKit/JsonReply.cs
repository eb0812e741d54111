using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Shoal.TestKit;

/// <summary>What a server answered, with the JSON taken apart.</summary>
public sealed class JsonReply
{
    private JsonReply(HttpResponseMessage response, string text, JsonNode? json)
    {
        Status = response.StatusCode;
        Headers = response.Headers;
        ContentHeaders = response.Content.Headers;
        Text = text;
        Json = json;
    }

    public HttpStatusCode Status { get; }

    public HttpResponseHeaders Headers { get; }

    public HttpContentHeaders ContentHeaders { get; }

    public string Text { get; }

    /// <summary>The whole document; null when the body is no JSON.</summary>
    public JsonNode? Json { get; }

    /// <summary>The envelope's <c>result</c>.</summary>
    public JsonNode? Result => Envelope?["result"];

    public bool Success => (bool?)Envelope?["success"] ?? false;

    /// <summary>Code of the envelope's first error; 0 when there is none.</summary>
    public int ErrorCode => (int?)(Envelope?["errors"] as JsonArray)?.FirstOrDefault()?["code"] ?? 0;

    /// <summary>Text of the envelope's first error; empty when there is none.</summary>
    public string ErrorMessage => (string?)(Envelope?["errors"] as JsonArray)?.FirstOrDefault()?["message"] ?? "";

    /// <summary>Status, code and text of a failure on one line.</summary>
    public string Failure => $"{(int)Status}/{ErrorCode} {ErrorMessage}";

    /// <summary>The document when it is an object; what bindings are answered is an array.</summary>
    private JsonObject? Envelope => Json as JsonObject;

    public static async Task<JsonReply> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var text = await response.Content.ReadAsStringAsync(cancellationToken);
        return new JsonReply(response, text, TryParse(text));
    }

    public override string ToString() => $"{(int)Status} {Text}";

    private static JsonNode? TryParse(string text)
    {
        try
        {
            return text.Length == 0 ? null : JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
