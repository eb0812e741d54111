using Shoal.Client.Retry;

namespace Shoal.Client.Tests;

/// <summary>A real server with a client of it, and a database <c>shop</c>.</summary>
internal sealed class ClientFixture : IAsyncDisposable
{
    private ClientFixture(TestServer server, ShoalClient client)
    {
        Server = server;
        Client = client;
        Shop = client.Database("shop", createIfMissing: true);
    }

    public TestServer Server { get; }

    public ShoalClient Client { get; }

    public Database Shop { get; }

    public static async Task<ClientFixture> StartAsync(Action<TestServerOptions>? server = null,
        Func<ShoalClientOptions, ShoalClientOptions>? client = null, Func<Uri, Uri>? through = null)
    {
        var started = await TestServer.StartAsync(server);
        var options = new ShoalClientOptions
        {
            Address = through?.Invoke(started.Address) ?? started.Address,
            Account = "acme",
            Token = TestServer.Token,
            Retry = new RetryOptions { Delay = TimeSpan.FromMilliseconds(1), DelayMax = TimeSpan.FromMilliseconds(5) },
        };
        return new ClientFixture(started, new ShoalClient(client?.Invoke(options) ?? options));
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Server.DisposeAsync();
    }
}
