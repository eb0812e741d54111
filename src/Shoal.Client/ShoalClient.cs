using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Shoal.Client.Http;
using Shoal.Protocol;
using Shoal.Protocol.D1;
using Shoal.Protocol.Http;

namespace Shoal.Client;

/// <summary>The way to all databases of an account: one client for thousands of them, kept as long as the program runs.</summary>
/// <remarks>
/// Thread: safe. Owns: its connections, unless it was given an <see cref="HttpClient"/>. Errors: <see cref="ShoalException"/>
/// of all methods that send.
/// </remarks>
public sealed class ShoalClient : IDisposable
{
    private const int ListPageSize = 1_000;
    private const int IdsKeptMax = 100_000;

    private readonly HttpClient _http;
    private readonly bool _ownsHttp;
    private readonly ConcurrentDictionary<string, string> _ids = new(StringComparer.Ordinal);

    /// <summary>A client with connections of its own.</summary>
    public ShoalClient(ShoalClientOptions options)
        : this(CreateHttp(options), options) => _ownsHttp = true;

    /// <summary>A client over somebody else's <see cref="HttpClient"/>, from a factory for example.</summary>
    public ShoalClient(HttpClient http, ShoalClientOptions options)
    {
        ArgumentNullException.ThrowIfNull(http);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _http = http;
        Options = options;
        Limits = options.EffectiveLimits;
        Transport = new ApiTransport(http, options);
    }

    /// <summary>Its settings.</summary>
    public ShoalClientOptions Options { get; }

    /// <summary>What one request may hold.</summary>
    public TargetLimits Limits { get; }

    internal ApiTransport Transport { get; }

    /// <summary>A database by name or id. Sends nothing, so it need not exist.</summary>
    /// <param name="nameOrId">Name or UUID.</param>
    /// <param name="createIfMissing">Whether a request that finds no such database creates it and goes on; never for a UUID.</param>
    public Database Database(string nameOrId, bool createIfMissing = false)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(nameOrId);
        return new Database(this, nameOrId, createIfMissing);
    }

    /// <summary>Creates a database.</summary>
    /// <exception cref="ShoalException"><see cref="ShoalErrorKind.NameTaken"/> when there is one with this name.</exception>
    public async Task<DatabaseInfo> CreateDatabaseAsync(string name, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        var body = new JsonBuffer();
        body.Raw("{\"name\":"u8);
        body.Text(name);
        body.Raw("}"u8);
        var call = new ApiCall(HttpMethod.Post, "d1/database", body, name, IsRepeatable: false);
        return await ResultAsync(call, WireJson.Instance.DatabaseEnvelope, cancellation).ConfigureAwait(false);
    }

    /// <summary>The database with this name, created when there is none. Safe when many ask at once.</summary>
    public async Task<DatabaseInfo> GetOrCreateDatabaseAsync(string name, CancellationToken cancellation = default)
    {
        if (await FindDatabaseAsync(name, cancellation).ConfigureAwait(false) is { } found)
        {
            return found;
        }

        try
        {
            return await CreateDatabaseAsync(name, cancellation).ConfigureAwait(false);
        }
        catch (ShoalException error) when (error.Kind == ShoalErrorKind.NameTaken || error.MayHaveBeenApplied)
        {
            // Somebody else was faster, or it was this very request.
            if (await FindDatabaseAsync(name, cancellation).ConfigureAwait(false) is { } other)
            {
                return other;
            }

            throw;
        }
    }

    /// <summary>Describes a database; null when it does not exist.</summary>
    public async Task<DatabaseInfo?> FindDatabaseAsync(string nameOrId, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(nameOrId);
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

    /// <summary>All databases whose name contains a text, page by page, oldest first.</summary>
    public async IAsyncEnumerable<DatabaseInfo> ListDatabasesAsync(string nameContains = "",
        [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        var filter = string.IsNullOrEmpty(nameContains) ? "" : "&name=" + Uri.EscapeDataString(nameContains);
        for (var page = 1; ; page++)
        {
            var path = string.Create(CultureInfo.InvariantCulture, $"d1/database?page={page}&per_page={ListPageSize}{filter}");
            var call = new ApiCall(HttpMethod.Get, path, null, Database: null, IsRepeatable: true);
            var list = await ResultAsync(call, WireJson.Instance.DatabaseListEnvelope, cancellation).ConfigureAwait(false);
            foreach (var one in list)
            {
                yield return one;
            }

            // A server may give smaller pages than were asked for, so only an empty one is certainly the last.
            if (list.Count == 0)
            {
                yield break;
            }
        }
    }

    /// <summary>Deletes a database for good.</summary>
    /// <returns>False when there was none.</returns>
    public async Task<bool> DeleteDatabaseAsync(string nameOrId, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(nameOrId);
        try
        {
            var path = await PathOfAsync(nameOrId, cancellation).ConfigureAwait(false);
            var call = new ApiCall(HttpMethod.Delete, path, null, nameOrId, IsRepeatable: false);
            using var reply = await Transport.SendAsync(call, cancellation).ConfigureAwait(false);
            return true;
        }
        catch (ShoalException error) when (error.Kind == ShoalErrorKind.DatabaseNotFound)
        {
            return false;
        }
        finally
        {
            _ids.TryRemove(nameOrId, out _);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_ownsHttp)
        {
            _http.Dispose();
        }
    }

    /// <summary>
    /// The path of a database. A Shoal server takes names; D1 wants ids on most paths, so names are looked up once and kept.
    /// </summary>
    internal ValueTask<string> PathOfAsync(string nameOrId, CancellationToken cancellation)
    {
        if (Options.Target == ShoalTarget.Shoal || DatabaseId.TryParse(nameOrId, out _))
        {
            return ValueTask.FromResult("d1/database/" + Uri.EscapeDataString(nameOrId));
        }

        return _ids.TryGetValue(nameOrId, out var id) ? ValueTask.FromResult("d1/database/" + id) : new(LookUpAsync());

        async Task<string> LookUpAsync()
        {
            var found = await FindDatabaseAsync(nameOrId, cancellation).ConfigureAwait(false)
                ?? throw new ShoalException(ShoalErrorKind.DatabaseNotFound, $"The database {nameOrId} could not be found")
                {
                    Code = D1ErrorCode.NotFound,
                    Database = nameOrId,
                    Hint = "check account and name",
                };
            if (_ids.Count >= IdsKeptMax)
            {
                _ids.Clear();
            }

            _ids[nameOrId] = found.Uuid;
            return "d1/database/" + found.Uuid;
        }
    }

    /// <summary>A kept id turned out to be wrong: the database was deleted, perhaps created anew.</summary>
    internal void Forget(string nameOrId) => _ids.TryRemove(nameOrId, out _);

    private async Task<T> ResultAsync<T>(ApiCall call, JsonTypeInfo<Envelope<T>> type, CancellationToken cancellation)
    {
        using var reply = await Transport.SendAsync(call, cancellation).ConfigureAwait(false);
        try
        {
            var envelope = JsonSerializer.Deserialize(reply.Memory.Span, type);
            return envelope is { Success: true, Result: { } result } ? result
                : throw ApiErrors.Malformed("it has no result", call);
        }
        catch (JsonException error)
        {
            throw ApiErrors.Malformed(error.Message, call, error);
        }
    }

    [SuppressMessage("Reliability", "CA2000", Justification = "The client owns the handler.")]
    private static HttpClient CreateHttp(ShoalClientOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        var handler = new SocketsHttpHandler
        {
            MaxConnectionsPerServer = options.ConnectionsMax,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            ConnectTimeout = TimeSpan.FromSeconds(10),
            UseCookies = false,
            AllowAutoRedirect = false,
        };

        // Attempts have limits of their own.
        return new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
    }
}
