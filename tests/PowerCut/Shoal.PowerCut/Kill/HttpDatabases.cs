using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Shoal.PowerCut.Load;
using Shoal.PowerCut.Model;

namespace Shoal.PowerCut.Kill;

/// <summary>The databases of a server.</summary>
internal sealed class HttpDatabases : IDatabases, IDisposable
{
    private const string Databases = $"client/v4/accounts/{Names.Account}/d1/database";
    private readonly HttpClient _client;

    public HttpDatabases(Uri server, string token)
    {
        _client = new HttpClient { BaseAddress = server, Timeout = TimeSpan.FromMinutes(2) };
        _client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
    }

    /// <summary>Whether the server answers yet.</summary>
    public async Task<bool> IsReadyAsync()
    {
        try
        {
            using var reply = await _client.GetAsync("health");
            return reply.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    public async Task<IReadOnlyList<int>> ListAsync()
    {
        using var reply = await SendAsync(HttpMethod.Get, $"{Databases}?per_page=10000", content: null);
        return [.. reply.RootElement.GetProperty("result").EnumerateArray()
            .Select(database => Names.Number(database.GetProperty("name").GetString()!))];
    }

    public async Task CreateAsync(int number) =>
        (await SendAsync(HttpMethod.Post, Databases, JsonContent.Create(new { name = Names.Of(number) }))).Dispose();

    public async Task DropAsync(int number) =>
        (await SendAsync(HttpMethod.Delete, $"{Databases}/{Names.Of(number)}", content: null)).Dispose();

    public async Task<bool> TryRunAsync(int number, Transaction transaction)
    {
        try
        {
            using var reply = transaction.IsImport
                ? await SendAsync(HttpMethod.Post, $"{Databases}/{Names.Of(number)}/upload?format=sql",
                    new ByteArrayContent(Encoding.UTF8.GetBytes(transaction.Text)))
                : await QueryAsync(number, transaction.Statements);
            return true;
        }
        catch (HttpRequestException error) when (IsRefusal(error))
        {
            return false;
        }
    }

    public Task<bool> TryVacuumAsync(int number) => Task.FromResult(false);

    public Task<ulong?> TryUndoVacuumAsync(int number) => Task.FromResult<ulong?>(null);

    public async Task<int> ReadCommitsAsync(int number)
    {
        using var reply = await QueryAsync(number, [Questions.Commits]);
        return Rows(reply, 0)[0][0].GetInt32();
    }

    public async Task<bool> ProvokeErrorAsync(int number, int commits)
    {
        try
        {
            (await QueryAsync(number, [Questions.Provocation(commits)])).Dispose();
            return false;
        }
        catch (HttpRequestException error) when (IsRefusal(error))
        {
            return true;
        }
    }

    public async Task<(long Commits, DatabaseState State)> ReadAsync(int number)
    {
        using (var tables = await QueryAsync(number, [Questions.HasTables]))
        {
            if (Rows(tables, 0).GetArrayLength() == 0)
            {
                return default;
            }
        }

        using var reply = await QueryAsync(number, Questions.Everything);
        var digest = 0UL;
        foreach (var row in Rows(reply, 1).EnumerateArray())
        {
            digest += Row.Hash(row[0].GetInt64(), row[1].GetInt64(), row[2].GetInt64(),
                Encoding.UTF8.GetBytes(row[3].GetString()!));
        }

        var columns = Results(reply, 2).GetProperty("columns").GetArrayLength();
        var state = new DatabaseState(
            Rows(reply, 1).GetArrayLength(), digest, columns, Rows(reply, 3).GetArrayLength() > 0);
        return (Rows(reply, 0)[0][0].GetInt64(), state);
    }

    public void Dispose() => _client.Dispose();

    private static JsonElement Results(JsonDocument reply, int statement) =>
        reply.RootElement.GetProperty("result")[statement].GetProperty("results");

    private static JsonElement Rows(JsonDocument reply, int statement) => Results(reply, statement).GetProperty("rows");

    private static bool IsRefusal(HttpRequestException error) =>
        error.StatusCode is not null && error.Message.Contains(Questions.Refusal, StringComparison.Ordinal);

    private Task<JsonDocument> QueryAsync(int number, IReadOnlyList<string> statements) => SendAsync(HttpMethod.Post,
        $"{Databases}/{Names.Of(number)}/raw",
        JsonContent.Create(new { batch = statements.Select(sql => new { sql }) }));

    private async Task<JsonDocument> SendAsync(HttpMethod method, string path, HttpContent? content)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        using var reply = await _client.SendAsync(request);
        var text = await reply.Content.ReadAsStringAsync();
        return reply.StatusCode == HttpStatusCode.OK
            ? JsonDocument.Parse(text)
            : throw new HttpRequestException($"{method} {path}: {text}", inner: null, reply.StatusCode);
    }
}
