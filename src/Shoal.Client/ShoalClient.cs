using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Shoal.Client.Channels;
using Shoal.Client.Http;
using Shoal.Protocol.D1;

namespace Shoal.Client;

/// <summary>The way to all databases of an account: one client for thousands of them, kept as long as the program runs.</summary>
/// <remarks>
/// Thread: safe. Owns: its connections, unless it was given an <see cref="HttpClient"/>. Errors: <see cref="ShoalException"/>
/// of all methods that send.
/// </remarks>
public sealed class ShoalClient : IDisposable
{
    /// <summary>A client with connections of its own.</summary>
    public ShoalClient(ShoalClientOptions options)
        : this(options, OwnHttp(options))
    {
    }

    /// <summary>A client over somebody else's <see cref="HttpClient"/>.</summary>
    public ShoalClient(HttpClient http, ShoalClientOptions options)
        : this(() => http, options) => ArgumentNullException.ThrowIfNull(http);

    /// <summary>
    /// A client that asks for an <see cref="HttpClient"/> before each request, so that a factory may change the connections
    /// below: <c>new ShoalClient(() => factory.CreateClient("shoal"), options)</c>.
    /// </summary>
    public ShoalClient(Func<HttpClient> http, ShoalClientOptions options)
    {
        ArgumentNullException.ThrowIfNull(http);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        Options = options;
        Limits = options.EffectiveLimits;
        Channel = new HttpChannel(http, options, owned: null);
    }

    /// <summary>A client of something else than a server.</summary>
    internal ShoalClient(StatementChannel channel, ShoalClientOptions options)
    {
        Options = options;
        Limits = options.EffectiveLimits;
        Channel = channel;
    }

    private ShoalClient(ShoalClientOptions options, HttpClient owned)
        : this(new HttpChannel(() => owned, options, owned), options)
    {
    }

    /// <summary>Its settings.</summary>
    public ShoalClientOptions Options { get; }

    /// <summary>What one request may hold.</summary>
    public TargetLimits Limits { get; }

    /// <summary>Where its statements run.</summary>
    internal StatementChannel Channel { get; }

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
    public Task<DatabaseInfo> CreateDatabaseAsync(string name, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        return Channel.CreateDatabaseAsync(name, repeatable: false, cancellation);
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
            return await Channel.CreateDatabaseAsync(name, repeatable: true, cancellation).ConfigureAwait(false);
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
    public Task<DatabaseInfo?> FindDatabaseAsync(string nameOrId, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(nameOrId);
        return Channel.FindDatabaseAsync(nameOrId, cancellation);
    }

    /// <summary>All databases whose name contains a text, page by page, oldest first.</summary>
    public async IAsyncEnumerable<DatabaseInfo> ListDatabasesAsync(string nameContains = "",
        [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        for (var page = 1; ; page++)
        {
            var list = await Channel.ListDatabasesAsync(nameContains ?? "", page, cancellation).ConfigureAwait(false);
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
    public Task<bool> DeleteDatabaseAsync(string nameOrId, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(nameOrId);
        return Channel.DeleteDatabaseAsync(nameOrId, cancellation);
    }

    /// <inheritdoc/>
    public void Dispose() => Channel.Dispose();

    /// <summary>Connections for clients.</summary>
    [SuppressMessage("Reliability", "CA2000", Justification = "The HttpClient owns the handler.")]
    internal static HttpClient CreateHttp(int connectionsMax)
    {
        var handler = new SocketsHttpHandler
        {
            MaxConnectionsPerServer = connectionsMax,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            ConnectTimeout = TimeSpan.FromSeconds(10),
            UseCookies = false,
            AllowAutoRedirect = false,
        };

        // Attempts have limits of their own.
        return new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
    }

    private static HttpClient OwnHttp(ShoalClientOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        return CreateHttp(options.ConnectionsMax);
    }
}
