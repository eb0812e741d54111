using Shoal.Engine;

namespace Shoal.Embedded.Tests.Contract;

/// <summary>An engine on a temporary folder.</summary>
internal sealed class EmbeddedHost : IClientHost
{
    private readonly TempFolder _folder;
    private readonly ShoalEngine _engine;

    private EmbeddedHost(TempFolder folder, ShoalEngine engine)
    {
        _folder = folder;
        _engine = engine;
        Shop = engine.Database("shop", createIfMissing: true);
    }

    public ShoalClient Client => _engine.Client;

    public Database Shop { get; }

    public static async Task<IClientHost> StartAsync()
    {
        var folder = new TempFolder();
        var engine = await ShoalEngine.OpenAsync(new ShoalEngineOptions
        {
            Engine = new EngineOptions { DataFolder = folder.Root },
            Account = "acme",
        });
        return new EmbeddedHost(folder, engine);
    }

    public string ConnectionString(string database) => $"Data Folder={_folder.Root};Account=acme;Database={database}";

    public async ValueTask DisposeAsync()
    {
        await _engine.DisposeAsync();
        _folder.Dispose();
    }
}
