namespace Shoal.Cli.Tests;

/// <summary>What commands do wherever their data are: derived classes say where.</summary>
public abstract class CommandsContract : IAsyncLifetime
{
    private protected CommandLine Shoal { get; private set; } = null!;

    private protected TemporaryFolder Files { get; } = new();

    private protected string Folder => Files.Path;

    public async ValueTask InitializeAsync() => Shoal = await StartAsync(new CommandLine(Folder));

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Files.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected abstract Task<CommandLine> StartAsync(CommandLine shoal);

    private protected abstract Task StopAsync();
}
