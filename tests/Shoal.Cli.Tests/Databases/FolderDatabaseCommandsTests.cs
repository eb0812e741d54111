namespace Shoal.Cli.Tests.Databases;

/// <summary>The contract on a data folder that no server has open.</summary>
public sealed class FolderDatabaseCommandsTests : DatabaseCommandsContract
{
    private protected override Task<CommandLine> StartAsync(CommandLine shoal) =>
        Task.FromResult(shoal.With("SHOAL_DATA", Path.Combine(Folder, "data")));

    private protected override Task StopAsync() => Task.CompletedTask;
}
