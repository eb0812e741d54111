namespace Shoal.Cli.Tests.Items;

/// <summary>The contract on a data folder that no server has open.</summary>
public sealed class FolderItemsCommandsTests : ItemsCommandsContract
{
    private protected override Task<CommandLine> StartAsync(CommandLine shoal) =>
        Task.FromResult(shoal.With("SHOAL_DATA", Path.Combine(Folder, "data")));

    private protected override Task StopAsync() => Task.CompletedTask;

    [Theory]
    [InlineData("there is no data folder", "items", "list-tables", "--data", "elsewhere")]
    [InlineData("there is no table \"none\"", "items", "scan", "none")]
    [InlineData("there is no database \"other\"", "items", "scan", "kvs", "--database", "other")]
    [InlineData("are both given", "items", "scan", "kvs", "--data", "data", "--endpoint", "http://127.0.0.1:1")]
    [InlineData("no items endpoint answers", "items", "scan", "kvs", "--endpoint", "http://127.0.0.1:1")]
    public async Task What_is_missing_is_said(string error, params string[] arguments)
    {
        await Shoal.OkAsync("items", "create-table", "kvs", "--partition", "id");
        var result = await Shoal.RunAsync(arguments);
        Assert.NotEqual(ExitCode.Ok, result.ExitCode);
        Assert.Contains(error, result.Error, StringComparison.Ordinal);
    }
}
