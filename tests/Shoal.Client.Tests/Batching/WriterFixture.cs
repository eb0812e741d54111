using Shoal.Client.Bulk;
using Shoal.Client.Retry;

namespace Shoal.Client.Tests.Batching;

/// <summary>A real server, a gate before it, and a database <c>shop</c> with a table that keeps the order of its rows.</summary>
internal sealed class WriterFixture : IAsyncDisposable
{
    public const string Schema = "CREATE TABLE items(seq INTEGER PRIMARY KEY AUTOINCREMENT, id INTEGER NOT NULL UNIQUE, "
        + "name TEXT CHECK (name <> 'bad'), version INTEGER DEFAULT 0)";

    private readonly HttpClient _http;

    private WriterFixture(TestServer server, GateHandler gate, TimeProvider clock, Func<ShoalClientOptions, ShoalClientOptions>? change)
    {
        Server = server;
        Gate = gate;
        _http = new HttpClient(gate) { Timeout = Timeout.InfiniteTimeSpan };
        var options = new ShoalClientOptions
        {
            Address = server.Address, Account = "acme", Token = TestServer.Token, TimeProvider = clock,
        };
        Client = new ShoalClient(_http, change?.Invoke(options) ?? options);
        Direct = new ShoalClient(options with { TimeProvider = TimeProvider.System });
        Shop = Client.Database("shop");
    }

    public static TableMap<Item> Map { get; } = new TableMap<Item>("items")
        .Key("id", item => item.Id).Column("name", item => item.Name).Column("version", item => item.Version);

    /// <summary>Sent again at once, few times: the tests' clock stands still.</summary>
    public static RetryOptions Quick { get; } = new() { AttemptsMax = 4, Delay = TimeSpan.Zero, DelayMax = TimeSpan.Zero };

    public TestServer Server { get; }

    public GateHandler Gate { get; }

    public ShoalClient Client { get; }

    /// <summary>A client that goes past the gate.</summary>
    public ShoalClient Direct { get; }

    public Database Shop { get; }

    public static async Task<WriterFixture> StartAsync(TimeProvider? clock = null,
        Func<ShoalClientOptions, ShoalClientOptions>? client = null, Action<TestServerOptions>? server = null)
    {
        var fixture = new WriterFixture(await TestServer.StartAsync(server), new GateHandler(), clock ?? new ManualTimeProvider(), client);
        await fixture.CreateAsync("shop");
        return fixture;
    }

    public async Task CreateAsync(string name)
    {
        await Direct.CreateDatabaseAsync(name);
        await Direct.Database(name).ExecAsync(Schema);
    }

    /// <summary>Ids in the order in which they were written.</summary>
    public async Task<IReadOnlyList<long>> IdsAsync(string database = "shop") =>
        await Direct.Database(database).Prepare("SELECT id FROM items ORDER BY seq").AllAsync<long>();

    public async ValueTask DisposeAsync()
    {
        Gate.Release();
        Client.Dispose();
        Direct.Dispose();
        _http.Dispose();
        await Server.DisposeAsync();
    }
}
