using System.Diagnostics;

namespace Shoal.Cli.Tests;

/// <summary>The launcher at the root of the checkout.</summary>
public sealed class LauncherTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task It_works_from_any_folder_through_links_and_keeps_relative_paths()
    {
        Directory.CreateDirectory(_folder.File("bin"));
        File.CreateSymbolicLink(_folder.File("bin/first"), Repository.Path("shoal"));
        File.CreateSymbolicLink(_folder.File("bin/shoal"), "first");

        var created = await RunAsync(_folder.Path, "bin/shoal", "db", "create", "app", "--data", "here");

        Assert.Equal(0, created.ExitCode);
        Assert.True(Directory.Exists(_folder.File("here")));
        Assert.Equal(0, (await RunAsync(_folder.File("bin"), "./shoal", "db", "info", "app", "--data", "../here")).ExitCode);
    }

    [Fact]
    public async Task It_passes_on_arguments_and_exit_codes_unchanged()
    {
        var result = await RunAsync(_folder.Path, Repository.Path("shoal"), "db", "execute", "a b", "--data", "no where", "-c", "x*");

        Assert.Equal(ExitCode.Failed, result.ExitCode);
        Assert.Contains(_folder.File("no where"), result.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Usage, (await RunAsync(_folder.Path, Repository.Path("shoal"), "nonsense")).ExitCode);
    }

    private static async Task<CommandResult> RunAsync(string workingFolder, string program, params string[] arguments)
    {
        // Through bash, which finds a relative program from the working folder.
        var start = new ProcessStartInfo("bash", ["-c", "exec \"$0\" \"$@\"", program, .. arguments])
        {
            WorkingDirectory = workingFolder,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return new CommandResult(process.ExitCode, await output, await error);
    }
}
