using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace Shoal.TestKit;

/// <summary>Speaks to a server as a D1 client does, and shows exactly what came back.</summary>
public sealed class ApiClient(Uri address, string? token) : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = address };

    /// <summary>The account of all paths that do not name one.</summary>
    public string Account { get; init; } = "acme";

    public HttpClient Http => _http;

    /// <summary>Path of the databases of the account.</summary>
    public string Databases => $"/client/v4/accounts/{Account}/d1/database";

    public Task<JsonReply> GetAsync(string path) => SendAsync(HttpMethod.Get, path);

    public Task<JsonReply> DeleteAsync(string path) => SendAsync(HttpMethod.Delete, path);

    public Task<JsonReply> PostAsync(string path, string json) => SendAsync(HttpMethod.Post, path, json);

    public Task<JsonReply> SendAsync(HttpMethod method, string path, string? json = null,
        params (string Name, string Value)[] headers) => SendAsync(method, path,
            json is null ? null : new StringContent(json, Encoding.UTF8, "application/json"), headers);

    public async Task<JsonReply> SendAsync(HttpMethod method, string path, HttpContent? content,
        params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        if (token is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using var response = await _http.SendAsync(request);
        return await JsonReply.ReadAsync(response, CancellationToken.None);
    }

    /// <summary>Creates a database and returns its id.</summary>
    public async Task<string> CreateAsync(string name)
    {
        var reply = await PostAsync(Databases, new JsonObject { ["name"] = name }.ToJsonString());
        return (string?)reply.Result?["uuid"] ?? throw new InvalidOperationException($"not created: {reply}");
    }

    /// <summary>Runs SQL through <c>/query</c>.</summary>
    public Task<JsonReply> QueryAsync(string database, string sql, params JsonNode?[] parameters) =>
        PostAsync($"{Databases}/{database}/query", Body(sql, parameters));

    /// <summary>Runs SQL through <c>/raw</c>.</summary>
    public Task<JsonReply> RawAsync(string database, string sql, params JsonNode?[] parameters) =>
        PostAsync($"{Databases}/{database}/raw", Body(sql, parameters));

    /// <summary>Runs SQL that must succeed and returns the first statement's rows as JSON text.</summary>
    public async Task<string> RowsAsync(string database, string sql, params JsonNode?[] parameters)
    {
        var reply = await QueryAsync(database, sql, parameters);
        return reply.Success ? reply.Result![0]!["results"]!.ToJsonString(JsonText.Options)
            : throw new InvalidOperationException($"{sql}: {reply}");
    }

    public void Dispose() => _http.Dispose();

    private static string Body(string sql, JsonNode?[] parameters) =>
        new JsonObject { ["sql"] = sql, ["params"] = new JsonArray(parameters) }.ToJsonString();
}
