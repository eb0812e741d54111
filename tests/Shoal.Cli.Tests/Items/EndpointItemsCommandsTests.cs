using Shoal.Engine;
using Shoal.Server;

namespace Shoal.Cli.Tests.Items;

/// <summary>The contract over a server's items endpoint.</summary>
public sealed class EndpointItemsCommandsTests : ItemsCommandsContract
{
    private ShoalServer? _server;

    private protected override async Task<CommandLine> StartAsync(CommandLine shoal)
    {
        _server = await ShoalServer.StartAsync(
            new ServerOptions
            {
                DataFolder = Path.Combine(Folder, "data"),
                Urls = ["http://127.0.0.1:0"],
                ItemsUrls = ["http://127.0.0.1:0"],
                DevelopmentToken = "development",
                Limits = new EngineLimits { LogSegmentBytes = 8 * 1024 * 1024 },
            },
            TestContext.Current.CancellationToken);
        return shoal.With("SHOAL_ENDPOINT", _server.ItemsAddresses[0]);
    }

    private protected override async Task StopAsync() => await _server!.DisposeAsync();
}
