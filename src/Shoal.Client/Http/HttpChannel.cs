using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Shoal.Client.Bulk;
using Shoal.Client.Channels;
using Shoal.Client.D1;
using Shoal.Protocol;
using Shoal.Protocol.D1;
using Shoal.Protocol.Http;

namespace Shoal.Client.Http;

/// <summary>D1's REST API, at a Shoal server or at Cloudflare.</summary>
internal sealed class HttpChannel(Func<HttpClient> http, ShoalClientOptions options, HttpClient? owned) : StatementChannel
{
    private const int ListPageSize = 1_000;
    private const int IdsKeptMax = 100_000;

    private readonly ApiTransport _transport = new(http, options);
    private readonly ConcurrentDictionary<string, string> _ids = new(StringComparer.Ordinal);

    public override StatementBatch NewBatch(bool isSingle, int bytes = 1024) => new JsonBatch(isSingle, bytes);

    public override RowBlock<T> NewBlock<T>(WriteSql<T> sql, bool asParameters) =>
        new JsonRowBlock<T>(sql, asParameters, options.EffectiveLimits.Sql.ValueBytesMax);

    public override async ValueTask<BatchReply> RunAsync(StatementBatch batch, BatchCall call, CancellationToken cancellation)
    {
        var request = await RequestAsync(batch, call, cancellation).ConfigureAwait(false);
        var reply = await _transport.SendAsync(request, cancellation).ConfigureAwait(false);
        return new BatchReply(ReplyParser.Parse(reply.Memory, call.Database), reply);
    }

    public override async ValueTask<RowStream> StreamAsync(StatementBatch batch, BatchCall call,
        CancellationToken cancellation)
    {
        var request = await RequestAsync(batch, call, cancellation).ConfigureAwait(false);
        return await _transport.OpenAsync(request, cancellation).ConfigureAwait(false);
    }

    public override async Task<DatabaseInfo> CreateDatabaseAsync(string name, bool repeatable, CancellationToken cancellation)
    {
        var body = new JsonBuffer();
        body.Raw("{\"name\":"u8);
        body.Text(name);
        body.Raw("}"u8);
        var call = new ApiCall(HttpMethod.Post, "d1/database", body, name, repeatable);
        return await ResultAsync(call, WireJson.Instance.DatabaseEnvelope, cancellation).ConfigureAwait(false);
    }

    public override async Task<DatabaseInfo?> FindDatabaseAsync(string nameOrId, CancellationToken cancellation)
    {
        var call = new ApiCall(HttpMethod.Get, "d1/database/" + Uri.EscapeDataString(nameOrId), null, nameOrId, IsRepeatable: true);
        try
        {
            return await ResultAsync(call, WireJson.Instance.DatabaseEnvelope, cancellation).ConfigureAwait(false);
        }
        catch (ShoalException error) when (error.Kind == ShoalErrorKind.DatabaseNotFound || error.Status == HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    public override async Task<IReadOnlyList<DatabaseInfo>> ListDatabasesAsync(string nameContains, int page,
        CancellationToken cancellation)
    {
        var filter = nameContains.Length == 0 ? "" : "&name=" + Uri.EscapeDataString(nameContains);
        var path = string.Create(CultureInfo.InvariantCulture, $"d1/database?page={page}&per_page={ListPageSize}{filter}");
        var call = new ApiCall(HttpMethod.Get, path, null, Database: null, IsRepeatable: true);
        return await ResultAsync(call, WireJson.Instance.DatabaseListEnvelope, cancellation).ConfigureAwait(false);
    }

    public override async Task<bool> DeleteDatabaseAsync(string nameOrId, CancellationToken cancellation)
    {
        try
        {
            var path = await PathOfAsync(nameOrId, cancellation).ConfigureAwait(false);
            var call = new ApiCall(HttpMethod.Delete, path, null, nameOrId, IsRepeatable: false);
            using var reply = await _transport.SendAsync(call, cancellation).ConfigureAwait(false);
            return true;
        }
        catch (ShoalException error) when (error.Kind == ShoalErrorKind.DatabaseNotFound)
        {
            return false;
        }
        finally
        {
            Forget(nameOrId);
        }
    }

    /// <summary>A kept id turned out to be wrong: the database was deleted, perhaps created anew.</summary>
    public override void Forget(string nameOrId) => _ids.TryRemove(nameOrId, out _);

    public override void Dispose() => owned?.Dispose();

    private async ValueTask<ApiCall> RequestAsync(StatementBatch batch, BatchCall call, CancellationToken cancellation)
    {
        var moment = "";
        if (call.Scope.AsOf is { } asOf)
        {
            moment = options.Target == ShoalTarget.Shoal ? "?as_of=" + Uri.EscapeDataString(asOf)
                : throw ApiErrors.Refused("the target can not query what a database was",
                    "restore the database, or ask a Shoal server", call.Database);
        }

        var path = await PathOfAsync(call.Database, cancellation).ConfigureAwait(false);
        return new ApiCall(HttpMethod.Post, path + "/raw" + moment, ((JsonBatch)batch).Close(), call.Database, call.IsRepeatable,
            batch.Count, call.Scope.Session, call.IsOnce);
    }

    /// <summary>
    /// The path of a database. A Shoal server takes names; D1 wants ids on most paths, so names are looked up once and kept.
    /// </summary>
    private ValueTask<string> PathOfAsync(string nameOrId, CancellationToken cancellation)
    {
        if (options.Target == ShoalTarget.Shoal || DatabaseId.TryParse(nameOrId, out _))
        {
            return ValueTask.FromResult("d1/database/" + Uri.EscapeDataString(nameOrId));
        }

        return _ids.TryGetValue(nameOrId, out var id) ? ValueTask.FromResult("d1/database/" + id) : new(LookUpAsync());

        async Task<string> LookUpAsync()
        {
            var found = await FindDatabaseAsync(nameOrId, cancellation).ConfigureAwait(false)
                ?? throw ApiErrors.DatabaseNotFound(nameOrId);
            if (_ids.Count >= IdsKeptMax)
            {
                _ids.Clear();
            }

            _ids[nameOrId] = found.Uuid;
            return "d1/database/" + found.Uuid;
        }
    }

    private async Task<T> ResultAsync<T>(ApiCall call, JsonTypeInfo<Envelope<T>> type, CancellationToken cancellation)
    {
        using var reply = await _transport.SendAsync(call, cancellation).ConfigureAwait(false);
        try
        {
            var envelope = JsonSerializer.Deserialize(reply.Memory.Span, type);
            return envelope is { Success: true, Result: { } result } ? result
                : throw ApiErrors.Malformed("it has no result", call.Database);
        }
        catch (JsonException error)
        {
            throw ApiErrors.Malformed(error.Message, call.Database, error);
        }
    }
}
