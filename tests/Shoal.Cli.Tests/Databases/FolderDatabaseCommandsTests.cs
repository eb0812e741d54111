namespace Shoal.Cli.Tests.Databases;

/// <summary>The contract on a data folder that no server has open.</summary>
public sealed class FolderDatabaseCommandsTests : DatabaseCommandsContract
{
    [Fact]
    public async Task A_backup_with_damaged_packs_is_no_proof_and_says_where_to_look()
    {
        await Shoal.OkAsync("db", "create", "app");
        await Shoal.OkAsync("db", "execute", "app", "--command", "CREATE TABLE t(a); INSERT INTO t VALUES (1), (2)");
        await Shoal.OkAsync("backup", "verify");
        var packs = Directory.GetFiles(Path.Combine(Folder, "data", "history"), "*.pack", SearchOption.AllDirectories);
        Assert.NotEmpty(packs);
        foreach (var pack in packs)
        {
            var bytes = await File.ReadAllBytesAsync(pack);
            bytes[bytes.Length / 2] ^= 0xFF;
            await File.WriteAllBytesAsync(pack, bytes);
        }

        var result = await Shoal.RunAsync("backup", "verify");

        Assert.Equal(ExitCode.ProblemsFound, result.ExitCode);
        Assert.Contains("can not be restored as they were", result.Error, StringComparison.Ordinal);
        Assert.Contains("shoal db history", result.Error, StringComparison.Ordinal);
    }

    private protected override Task<CommandLine> StartAsync(CommandLine shoal) =>
        Task.FromResult(shoal.With("SHOAL_DATA", Path.Combine(Folder, "data")));

    private protected override Task StopAsync() => Task.CompletedTask;
}
