using Shoal.Engine;
using Shoal.Engine.Catalog;
using Shoal.Protocol;
using Shoal.Server;

namespace Shoal.TestKit;

/// <summary>A real server on a free port of this machine, on a data folder of its own that goes with it.</summary>
public sealed class TestServer : IAsyncDisposable
{
    /// <summary>The development token: every right on every account.</summary>
    public const string Token = "test-token";

    private readonly TempFolder? _folder;
    private readonly List<ApiClient> _clients = [];

    private TestServer(ShoalServer server, TempFolder? folder)
    {
        Server = server;
        _folder = folder;
        Address = new Uri(server.Addresses[0]);
        Client = ClientWith(Token);
    }

    public ShoalServer Server { get; }

    public DatabaseEngine Engine => Server.Engine;

    public Uri Address { get; }

    /// <summary>A client with every right.</summary>
    public ApiClient Client { get; }

    public static async Task<TestServer> StartAsync(Action<TestServerOptions>? configure = null)
    {
        var options = new TestServerOptions();
        configure?.Invoke(options);
        var folder = options.DataFolder is null ? new TempFolder() : null;
        try
        {
            var server = await ShoalServer.StartAsync(new ServerOptions
            {
                DataFolder = options.DataFolder ?? folder!.Combine("data"),
                Urls = ["http://127.0.0.1:0"],
                DevelopmentToken = Token,
                TimeProvider = options.TimeProvider,
                RequestBodyBytesMax = options.RequestBodyBytesMax,
                ResponseBytesMax = options.ResponseBytesMax,
                RequestMemoryBytesMax = options.RequestMemoryBytesMax,
                ImportBytesMax = options.ImportBytesMax,
                QueryTimeout = options.QueryTimeout,
                DrainDelay = options.DrainDelay,
                Compatibility = options.Compatibility,
                CreateOnUse = options.CreateOnUse,
                LoggerFactory = options.LoggerFactory,
                Durability = options.Durability,
                HistoryStore = options.HistoryStore,
                BackupVerifyInterval = options.BackupVerifyInterval,
                Region = options.Region,
                Colo = options.Colo,

                // A start fills the log's segments with zeros; hundreds of starts would write tens of gigabytes.
                Limits = options.Limits with { LogSegmentBytes = 8 * 1024 * 1024 },
                Transfers = options.Transfers,
                MetricsUrls = options.MetricsUrls,
                OtlpEndpoint = options.OtlpEndpoint,
                ItemsUrls = options.ItemsUrls,
                ItemsAuth = options.ItemsAuth,
                ItemsKeysPath = options.ItemsKeysPath,
            });
            return new TestServer(server, folder);
        }
        catch
        {
            folder?.Dispose();
            throw;
        }
    }

    /// <summary>A client with another token, or with none.</summary>
    public ApiClient ClientWith(string? token, string account = "acme")
    {
        var client = new ApiClient(Address, token) { Account = account };
        _clients.Add(client);
        return client;
    }

    /// <summary>A client with a new token of the catalog.</summary>
    public async Task<ApiClient> ClientWithAsync(TokenPermission permission, string? account = null,
        DateTimeOffset? expiresAt = null, params string[] databases)
    {
        var ids = databases.Select(text => new DatabaseId(Guid.Parse(text))).ToArray();
        var token = await Engine.Tokens.CreateAsync("test", account, ids, permission, expiresAt);
        return ClientWith(token.Secret);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients)
        {
            client.Dispose();
        }

        await Server.DisposeAsync();
        _folder?.Dispose();
    }
}
