using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Shoal.Cli.Usage;
using Shoal.Engine.Catalog;
using Shoal.Engine.History;
using Shoal.Engine.Insights;
using Shoal.Engine.Transfer;
using Shoal.Engine.Usage;
using Shoal.Protocol;
using Shoal.Protocol.Admin;
using Shoal.Protocol.D1;
using Shoal.Protocol.Http;

namespace Shoal.Cli.Targets;

/// <summary>A server, over its HTTP API.</summary>
internal sealed class ServerTarget : ITarget
{
    // The most that D1's API gives on one page.
    private const int ListPageSize = 1_000;

    private readonly HttpClient _http;
    private readonly Uri _url;
    private readonly string _databases;
    private readonly string _account;

    private ServerTarget(HttpClient http, Uri url, string account)
    {
        _http = http;
        _url = url;
        _account = account;
        _databases = $"client/v4/accounts/{Uri.EscapeDataString(account)}/d1/database";
        Description = url.GetLeftPart(UriPartial.Authority);
    }

    public string Description { get; }

    private string TimeTravel => $"client/v4/accounts/{Uri.EscapeDataString(_account)}/d1/time_travel";

    public static ServerTarget Open(string url, string? token, string account)
    {
        // Also accept what CLOUDFLARE_API_BASE_URL holds, which ends in /client/v4.
        var text = url.TrimEnd('/');
        if (text.EndsWith("/client/v4", StringComparison.Ordinal))
        {
            text = text[..^"/client/v4".Length];
        }

        if (!Uri.TryCreate(text + "/", UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
        {
            throw CliException.Usage($"\"{url}\" is not a server's address", "an address looks like http://127.0.0.1:8787");
        }

        if (token is null)
        {
            throw CliException.Usage($"no token to talk to {text} with",
                "set SHOAL_TOKEN or give --token; `shoal serve --dev` prints one, --data DIR works without a server");
        }

        if (!token.All(char.IsAscii) || token.Any(char.IsWhiteSpace) || token.Any(char.IsControl))
        {
            throw CliException.Usage("the token has characters that no token has", "check SHOAL_TOKEN or --token");
        }

        // Imports may take long; Ctrl-C ends a wait, and the server bounds every query by itself.
        var http = new HttpClient { BaseAddress = address, Timeout = Timeout.InfiniteTimeSpan };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        http.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("shoal-cli", CliApplication.Version));
        return new ServerTarget(http, address, account);
    }

    public async Task<DatabaseSummary> CreateDatabaseAsync(string name, string? locationHint,
        CancellationToken cancellationToken)
    {
        var body = HttpBodies.Body(writer =>
        {
            writer.WriteString("name", name);
            if (locationHint is not null)
            {
                writer.WriteString("primary_location_hint", locationHint);
            }
        });
        using var reply = await SendAsync(HttpMethod.Post, _databases, body, cancellationToken);
        return HttpBodies.ReadDatabase(reply.RootElement.GetProperty("result"));
    }

    public async Task<IReadOnlyList<DatabaseSummary>> ListDatabasesAsync(string? nameContains,
        CancellationToken cancellationToken)
    {
        var all = new List<DatabaseSummary>();
        for (var page = 1; ; page++)
        {
            var path = $"{_databases}?page={page}&per_page={ListPageSize}";
            if (nameContains is not null)
            {
                path += $"&name={Uri.EscapeDataString(nameContains)}";
            }

            using var reply = await SendAsync(HttpMethod.Get, path, body: null, cancellationToken);
            var before = all.Count;
            all.AddRange(reply.RootElement.GetProperty("result").EnumerateArray().Select(HttpBodies.ReadDatabase));
            if (all.Count - before < ListPageSize)
            {
                return all;
            }
        }
    }

    public async Task<DatabaseSummary?> FindDatabaseAsync(string idOrName, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{_databases}/{Uri.EscapeDataString(idOrName)}");
        using var response = await ExchangeAsync(request, HttpCompletionOption.ResponseContentRead, cancellationToken);
        if (response.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }

        using var reply = await ReadEnvelopeAsync(response, cancellationToken);
        return HttpBodies.ReadDatabase(reply.RootElement.GetProperty("result"));
    }

    public async Task DeleteDatabaseAsync(DatabaseSummary database, CancellationToken cancellationToken)
    {
        using var reply = await SendAsync(HttpMethod.Delete, $"{_databases}/{database.Id}", body: null, cancellationToken);
    }

    public async Task<IReadOnlyList<StatementResult>> ExecuteAsync(DatabaseSummary database,
        IReadOnlyList<SqlText> batch, RestoreMoment? asOf, CancellationToken cancellationToken)
    {
        using var body = HttpBodies.Batch(batch);

        // As in a data folder: exact integers in both directions and SQLite's own limits.
        body.Headers.Add(WireHeader.Compatibility, "relaxed");
        var path = $"{_databases}/{database.Id}/raw{HistoryBodies.AsOf(asOf)}";
        using var reply = await SendAsync(HttpMethod.Post, path, body, cancellationToken);
        return HttpBodies.ReadResults(reply.RootElement.GetProperty("result"));
    }

    public async Task<ImportSummary> ImportAsync(DatabaseSummary database, ImportSource source,
        IProgress<TransferProgress> progress, CancellationToken cancellationToken)
    {
        var path = $"{_databases}/{database.Id}/upload?format={TransferFormats.Word(source.Format)}";
        if (source.Format == TransferFormat.Csv)
        {
            path += $"&table={Uri.EscapeDataString(source.Table!)}&delimiter={Uri.EscapeDataString(source.Delimiter.ToString())}";
        }

        await using var file = new ProgressStream(File.OpenRead(source.Path),
            bytes => progress.Report(new TransferProgress(bytes, Rows: 0)));
        using var content = new StreamContent(file);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        using var reply = await SendAsync(HttpMethod.Post, path, content, cancellationToken);
        var result = reply.RootElement.GetProperty("result");
        return new ImportSummary(result.GetProperty("num_queries").GetInt64(),
            HttpBodies.ReadMeta(result.GetProperty("meta")));
    }

    public Task ExportTextAsync(DatabaseSummary database, ExportRequest request, Stream output,
        IProgress<TransferProgress> progress, CancellationToken cancellationToken)
    {
        var path = $"{_databases}/{database.Id}/download?format={TransferFormats.Word(request.Format)}";
        path += string.Concat(request.Tables.Select(table => $"&table={Uri.EscapeDataString(table)}"));
        path += (request.NoData ? "&no_data=true" : "") + (request.NoSchema ? "&no_schema=true" : "");
        return DownloadAsync(path, output, progress, cancellationToken);
    }

    public async Task ExportSqliteAsync(DatabaseSummary database, string path, IProgress<TransferProgress> progress,
        CancellationToken cancellationToken)
    {
        await using var output = new FileStream(path, FileMode.CreateNew, FileAccess.Write);
        await DownloadAsync($"{_databases}/{database.Id}/download?format=sqlite", output, progress, cancellationToken);
    }

    public async Task<IReadOnlyList<HistoryRange>> ListHistoryAsync(DatabaseSummary database, CancellationToken cancellationToken)
    {
        using var reply = await SendAsync(HttpMethod.Get, $"{_databases}/{database.Id}/time_travel", body: null, cancellationToken);
        return HistoryBodies.Ranges(reply.RootElement.GetProperty("result"));
    }

    public Task<RetentionInfo> GetRetentionAsync(DatabaseSummary database, CancellationToken cancellationToken) =>
        RetentionAsync(HttpMethod.Get, database, body: null, cancellationToken);

    public Task<RetentionInfo> SetRetentionAsync(DatabaseSummary database, int? days, CancellationToken cancellationToken) =>
        RetentionAsync(HttpMethod.Put, database, HistoryBodies.Retention(days), cancellationToken);

    public async Task<string> FindBookmarkAsync(DatabaseSummary database, DateTimeOffset time, CancellationToken cancellationToken)
    {
        var path = $"{_databases}/{database.Id}/time_travel/bookmark{HistoryBodies.Query(RestoreMoment.At(time))}";
        using var reply = await SendAsync(HttpMethod.Get, path, body: null, cancellationToken);
        return reply.RootElement.GetProperty("result").GetProperty("bookmark").GetString()!;
    }

    public async Task<IReadOnlyList<DroppedDatabase>> ListDeletedAsync(CancellationToken cancellationToken)
    {
        using var reply = await SendAsync(HttpMethod.Get, $"{TimeTravel}/deleted", body: null, cancellationToken);
        return HistoryBodies.Deleted(reply.RootElement.GetProperty("result"), _account);
    }

    public async Task<RestoreSummary> RestoreAsync(DatabaseSummary database, RestoreMoment moment, CancellationToken cancellationToken)
    {
        var path = $"{_databases}/{database.Id}/time_travel/restore{HistoryBodies.Query(moment)}";
        using var reply = await SendAsync(HttpMethod.Post, path, body: null, cancellationToken);
        var result = reply.RootElement.GetProperty("result");
        return new RestoreSummary(result.GetProperty("bookmark").GetString()!, result.GetProperty("previous_bookmark").GetString()!);
    }

    public async Task<DatabaseSummary> ForkAsync(DatabaseId source, RestoreMoment? moment, string name, CancellationToken cancellationToken)
    {
        using var reply = await SendAsync(
            HttpMethod.Post, $"{TimeTravel}/fork", HistoryBodies.Fork(source, moment, name), cancellationToken);
        return HttpBodies.ReadDatabase(reply.RootElement.GetProperty("result"));
    }

    public async Task<NamedBookmark> NameAsync(DatabaseSummary database, string name, RestoreMoment? moment,
        CancellationToken cancellationToken)
    {
        var path = $"{_databases}/{database.Id}/time_travel/bookmarks";
        using var reply = await SendAsync(HttpMethod.Post, path, HistoryBodies.Name(name, moment), cancellationToken);
        return HistoryBodies.Named(reply.RootElement.GetProperty("result"));
    }

    public async Task<IReadOnlyList<NamedBookmark>> ListNamesAsync(DatabaseSummary database, CancellationToken cancellationToken)
    {
        var path = $"{_databases}/{database.Id}/time_travel/bookmarks";
        using var reply = await SendAsync(HttpMethod.Get, path, body: null, cancellationToken);
        return [.. reply.RootElement.GetProperty("result").EnumerateArray().Select(HistoryBodies.Named)];
    }

    public Task<bool> RemoveNameAsync(DatabaseSummary database, string name, CancellationToken cancellationToken) =>
        DeleteAsync($"{_databases}/{database.Id}/time_travel/bookmarks/{Uri.EscapeDataString(name)}", cancellationToken);

    public async Task<RestoreProofInfo> ProveRestoresAsync(int sample, int? seed, CancellationToken cancellationToken)
    {
        var path = string.Create(CultureInfo.InvariantCulture, $"admin/backup/verify?sample={sample}&seed={seed}");
        using var reply = await SendAsync(HttpMethod.Post, path, body: null, cancellationToken);
        return reply.RootElement.GetProperty("result").Deserialize(WireJson.Instance.RestoreProofInfo)
            ?? throw new CliException("the server sent no proof", "is it a Shoal server?");
    }

    public async Task<NewToken> CreateTokenAsync(TokenRequest request, CancellationToken cancellationToken)
    {
        using var reply = await SendAsync(HttpMethod.Post, "admin/tokens", HttpBodies.Token(request), cancellationToken);
        var result = reply.RootElement.GetProperty("result");
        return new NewToken(HttpBodies.ReadToken(result), result.GetProperty("secret").GetString()!);
    }

    public async Task<IReadOnlyList<TokenRecord>> ListTokensAsync(CancellationToken cancellationToken)
    {
        using var reply = await SendAsync(HttpMethod.Get, "admin/tokens", body: null, cancellationToken);
        return [.. reply.RootElement.GetProperty("result").EnumerateArray().Select(HttpBodies.ReadToken)];
    }

    public Task<bool> RevokeTokenAsync(string id, CancellationToken cancellationToken) =>
        DeleteAsync($"admin/tokens/{Uri.EscapeDataString(id)}", cancellationToken);

    public async Task<UsageReport> ReadUsageAsync(UsagePeriod period, UsageGrouping by, DatabaseSummary? database,
        CancellationToken cancellationToken)
    {
        using var reply = await SendAsync(
            HttpMethod.Get, UsageBodies.Path(_account, period, by, database?.Id), body: null, cancellationToken);
        return UsageBodies.Report(reply.RootElement.GetProperty("result"));
    }

    public async Task<IReadOnlyList<Insight>> ReadInsightsAsync(DatabaseSummary? database, CancellationToken cancellationToken)
    {
        if (database is not null)
        {
            using var reply = await SendAsync(
                HttpMethod.Get, $"{_databases}/{database.Id}/insights?filter=recommendations", body: null, cancellationToken);
            return [.. UsageBodies.Insights(reply.RootElement.GetProperty("result"), database.Id)];
        }

        var all = new List<Insight>();
        var path = $"client/v4/accounts/{Uri.EscapeDataString(_account)}/d1/insights?filter=recommendations&limit=100&cursor=";
        string? cursor = "";
        while (cursor is not null)
        {
            using var reply = await SendAsync(HttpMethod.Get, path + cursor, body: null, cancellationToken);
            all.AddRange(UsageBodies.Insights(reply.RootElement.GetProperty("result"), database: null));
            cursor = reply.RootElement.GetProperty("result_info").TryGetProperty("cursor", out var next) ? next.GetString() : null;
        }

        return all;
    }

    public async Task<IReadOnlyList<AuditRecord>> ListAuditAsync(DateTimeOffset? since, int limit,
        CancellationToken cancellationToken)
    {
        var path = string.Create(CultureInfo.InvariantCulture, $"admin/audit?limit={limit}");
        path += since is { } oldest ? "&since=" + Uri.EscapeDataString(oldest.ToString("O", CultureInfo.InvariantCulture)) : "";
        using var reply = await SendAsync(HttpMethod.Get, path, body: null, cancellationToken);
        return [.. reply.RootElement.GetProperty("result").EnumerateArray().Select(HttpBodies.ReadAudit)];
    }

    public ValueTask DisposeAsync()
    {
        _http.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task DownloadAsync(string path, Stream output, IProgress<TransferProgress> progress,
        CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        using var response = await ExchangeAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if (!response.IsSuccessStatusCode)
        {
            using var refusal = await ReadEnvelopeAsync(response, cancellationToken);
            throw Unexpected(response);
        }

        try
        {
            await using var counting = new ProgressStream(
                await response.Content.ReadAsStreamAsync(cancellationToken),
                bytes => progress.Report(new TransferProgress(bytes, Rows: 0)));
            await counting.CopyToAsync(output, cancellationToken);
        }
        catch (HttpIOException failure)
        {
            throw new CliException($"the server ended the download early: {failure.Message}",
                "the server's log says why", failure);
        }
    }

    /// <summary>False when there was nothing to delete.</summary>
    private async Task<bool> DeleteAsync(string path, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Delete, path);
        using var response = await ExchangeAsync(request, HttpCompletionOption.ResponseContentRead, cancellationToken);
        if (response.StatusCode == HttpStatusCode.NotFound)
        {
            return false;
        }

        using var reply = await ReadEnvelopeAsync(response, cancellationToken);
        return true;
    }

    private async Task<JsonDocument> SendAsync(HttpMethod method, string path, HttpContent? body,
        CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body };
        using var response = await ExchangeAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        return await ReadEnvelopeAsync(response, cancellationToken);
    }

    private async Task<HttpResponseMessage> ExchangeAsync(HttpRequestMessage request, HttpCompletionOption completion,
        CancellationToken cancellationToken)
    {
        try
        {
            return await _http.SendAsync(request, completion, cancellationToken);
        }
        catch (HttpRequestException failure) when (failure.HttpRequestError == HttpRequestError.ConnectionError)
        {
            throw new CliException($"cannot reach {Description}: {failure.InnerException?.Message ?? failure.Message}",
                $"start a server with `shoal serve --urls {_url.GetLeftPart(UriPartial.Authority)}`, name another with "
                + "--url or SHOAL_URL, or work on a folder with --data DIR", failure);
        }
        catch (HttpRequestException failure)
        {
            throw new CliException($"the exchange with {Description} failed: {failure.Message}", hint: null, failure);
        }
    }

    private async Task<JsonDocument> ReadEnvelopeAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        JsonDocument document;
        try
        {
            await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
            document = await JsonDocument.ParseAsync(stream, cancellationToken: cancellationToken);
        }
        catch (JsonException)
        {
            throw Unexpected(response);
        }

        var root = document.RootElement;
        if (root.ValueKind == JsonValueKind.Object && root.TryGetProperty("success", out var success))
        {
            if (success.ValueKind == JsonValueKind.True)
            {
                return document;
            }

            var refusal = Refusal(response.StatusCode, root);
            document.Dispose();
            throw refusal;
        }

        document.Dispose();
        throw Unexpected(response);
    }

    private CliException Refusal(HttpStatusCode status, JsonElement envelope)
    {
        var message = $"the server answered {(int)status}";
        int? code = null;
        if (envelope.TryGetProperty("errors", out var errors) && errors.ValueKind == JsonValueKind.Array
            && errors.GetArrayLength() > 0)
        {
            message = errors[0].GetProperty("message").GetString()!;
            code = errors[0].GetProperty("code").GetInt32();
        }

        // 9106, 9109 and 10000 are Cloudflare's codes for missing or insufficient authorisation.
        var hint = status is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden || code is 9106 or 9109 or 10000
            ? "check the token (SHOAL_TOKEN, --token) and the account (SHOAL_ACCOUNT, --account); "
                + "`shoal config print` shows where they come from"
            : null;
        return new CliException(message, hint) { Code = code };
    }

    private async Task<RetentionInfo> RetentionAsync(HttpMethod method, DatabaseSummary database, HttpContent? body,
        CancellationToken cancellationToken)
    {
        using var reply = await SendAsync(method, $"{_databases}/{database.Id}/time_travel/retention", body, cancellationToken);
        return reply.RootElement.GetProperty("result").Deserialize(WireJson.Instance.RetentionInfo)
            ?? throw new CliException("the server sent no time", "is it a Shoal server?");
    }

    private CliException Unexpected(HttpResponseMessage response) =>
        new($"{Description} answered {(int)response.StatusCode} in a form that no Shoal server uses",
            "check --url or SHOAL_URL: is it a Shoal server?");
}
