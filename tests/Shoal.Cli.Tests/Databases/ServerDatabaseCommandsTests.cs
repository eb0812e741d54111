using Shoal.Engine;
using Shoal.Server;

namespace Shoal.Cli.Tests.Databases;

/// <summary>The contract over a server's HTTP API.</summary>
public sealed class ServerDatabaseCommandsTests : DatabaseCommandsContract
{
    private ShoalServer? _server;

    [Fact]
    public async Task A_data_folder_that_a_server_has_open_is_refused_with_what_to_do()
    {
        var result = await new CommandLine(Folder).RunAsync("db", "list", "--data", "data");

        Assert.Equal(ExitCode.Failed, result.ExitCode);
        Assert.Contains("is in use by process", result.Error, StringComparison.Ordinal);
        Assert.Contains("hint: talk to the server instead", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_token_is_refused_with_where_to_look()
    {
        var result = await Shoal.RunAsync("db", "list", "--token", "wrong");

        Assert.Equal(ExitCode.Failed, result.ExitCode);
        Assert.Contains("check the token", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_read_token_reads_and_does_not_write()
    {
        await Shoal.OkAsync("db", "create", "app");
        var secret = (await Shoal.OkAsync("token", "create", "--name", "reader", "--permission", "read")).Trim();

        Assert.Equal("1\n1\n", await Shoal.OkAsync("db", "execute", "app", "--command", "SELECT 1", "--token", secret));
        var write = await Shoal.RunAsync("db", "execute", "app", "--command", "CREATE TABLE t(a)", "--token", secret);
        Assert.Equal(ExitCode.Failed, write.ExitCode);
        Assert.NotEqual(ExitCode.Ok, (await Shoal.RunAsync("db", "create", "other", "--token", secret)).ExitCode);
    }

    private protected override async Task<CommandLine> StartAsync(CommandLine shoal)
    {
        _server = await ShoalServer.StartAsync(
            new ServerOptions
            {
                DataFolder = Path.Combine(Folder, "data"),
                Urls = ["http://127.0.0.1:0"],
                DevelopmentToken = "development",
                Limits = new EngineLimits { LogSegmentBytes = 8 * 1024 * 1024 },
            },
            TestContext.Current.CancellationToken);
        return shoal.With("SHOAL_URL", _server.Addresses[0]).With("SHOAL_TOKEN", "development");
    }

    private protected override async Task StopAsync() => await _server!.DisposeAsync();
}
