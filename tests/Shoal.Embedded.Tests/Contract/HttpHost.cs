using Shoal.Client.Retry;

namespace Shoal.Embedded.Tests.Contract;

/// <summary>A real server with a client of it.</summary>
internal sealed class HttpHost : IClientHost
{
    private readonly TestServer _server;

    private HttpHost(TestServer server)
    {
        _server = server;
        Client = new ShoalClient(new ShoalClientOptions
        {
            Address = server.Address,
            Account = "acme",
            Token = TestServer.Token,
            Retry = new RetryOptions { Delay = TimeSpan.FromMilliseconds(1), DelayMax = TimeSpan.FromMilliseconds(5) },
        });
        Shop = Client.Database("shop", createIfMissing: true);
    }

    public ShoalClient Client { get; }

    public Database Shop { get; }

    public static async Task<IClientHost> StartAsync() => new HttpHost(await TestServer.StartAsync());

    public string ConnectionString(string database) =>
        $"Url={_server.Address};Account=acme;Token={TestServer.Token};Database={database}";

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _server.DisposeAsync();
    }
}
