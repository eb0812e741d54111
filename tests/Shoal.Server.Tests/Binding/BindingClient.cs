using System.Text.Json.Nodes;
using Shoal.TestKit;

namespace Shoal.Server.Tests.Binding;

/// <summary>Sends what workerd's binding sends, by all three ways, and shows the body that came back.</summary>
internal static class BindingClient
{
    /// <summary>Under a path that names the database.</summary>
    public static Task<JsonReply> DirectAsync(this ApiClient client, string address, string json, string operation = "query",
        string format = "ROWS_AND_COLUMNS", params (string Name, string Value)[] headers) =>
        client.SendAsync(HttpMethod.Post, $"/binding/{address}/{operation}?resultsFormat={format}", json, headers);

    /// <summary>Under the server's root, with the database in a header.</summary>
    public static Task<JsonReply> ByHeaderAsync(this ApiClient client, string database, string json,
        string operation = "query", string format = "ROWS_AND_COLUMNS") =>
        client.SendAsync(HttpMethod.Post, $"/{operation}?resultsFormat={format}", json, ("X-D1-Database-Id", database));

    /// <summary>Through Miniflare's remote proxy.</summary>
    public static Task<JsonReply> ProxiedAsync(this ApiClient client, string address, string json, string operation = "query",
        string format = "ROWS_AND_COLUMNS", params (string Name, string Value)[] headers) =>
        client.SendAsync(HttpMethod.Post, $"/mf/{address}", json,
        [
            ("MF-URL", $"http://d1/{operation}?resultsFormat={format}"), ("MF-Binding", "DB"),
            ("MF-Header-Content-Type", "application/json"),
            .. headers.Select(header => ("MF-Header-" + header.Name, header.Value)),
        ]);

    /// <summary>The rows of the only result.</summary>
    public static string Rows(this JsonReply reply) =>
        reply.Json is JsonArray { Count: 1 } results ? results[0]!["results"]!["rows"]!.ToJsonString(JsonText.Options) : reply.ToString();

    /// <summary>The error of a failure as bindings read it; the whole reply when it is none.</summary>
    public static string Error(this JsonReply reply) =>
        (int)reply.Status == 200 && reply.Json is JsonObject { Count: 2 } failure && (bool?)failure["success"] == false
            ? (string)failure["error"]! : "no failure: " + reply;
}
