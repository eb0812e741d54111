using Shoal.Client;
using Shoal.Client.Ado;
using Shoal.Embedded.Channels;
using Shoal.Engine;

namespace Shoal.Embedded;

/// <summary>The databases of a data folder, in this process, with the API of <see cref="ShoalClient"/>; no server.</summary>
/// <remarks>
/// Thread: safe. Keep one as long as the program runs. Owns: the data folder, which one process at a time can have open.
/// A write is durable when its task completes. Reads and writes run on the thread that calls, unless another is writing to
/// the same database.
/// </remarks>
public sealed class ShoalEngine : IAsyncDisposable, IDisposable
{
    private readonly EngineHost _host;

    private ShoalEngine(DatabaseEngine engine, ShoalEngineOptions options)
    {
        Options = options;
        _host = new EngineHost(engine);
        Client = ClientOf(options.Account);
        Folder = Path.GetFullPath(options.Engine.DataFolder);
        SharedEngines.Add(this);
    }

    /// <summary>How it was opened.</summary>
    public ShoalEngineOptions Options { get; }

    /// <summary>The client of this engine, for all that takes one.</summary>
    /// <remarks>Disposing it does nothing; dispose the engine.</remarks>
    public ShoalClient Client { get; }

    /// <summary>The engine itself: imports, exports, statistics.</summary>
    public DatabaseEngine Engine => _host.Engine;

    /// <summary>The data folder's full path.</summary>
    internal string Folder { get; }

    /// <summary>Opens a data folder, creating it when missing. Blocks while it recovers what an unclean stop left.</summary>
    /// <exception cref="ShoalException">The folder is in use, damaged or of a newer version.</exception>
    public static ShoalEngine Open(string dataFolder) =>
        OpenAsync(new ShoalEngineOptions { Engine = new EngineOptions { DataFolder = dataFolder } })
            .ConfigureAwait(false).GetAwaiter().GetResult();

    /// <summary>Opens a data folder, creating it when missing.</summary>
    /// <exception cref="ShoalException">The folder is in use, damaged or of a newer version.</exception>
    public static async Task<ShoalEngine> OpenAsync(ShoalEngineOptions options, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        try
        {
            var engine = await DatabaseEngine.OpenAsync(options.Engine, cancellation).ConfigureAwait(false);
            return new ShoalEngine(engine, options);
        }
        catch (EngineException error)
        {
            throw EngineErrors.Of(error, database: null);
        }
    }

    /// <summary>A database by name or id. Runs nothing, so it need not exist.</summary>
    /// <param name="nameOrId">Name or UUID.</param>
    /// <param name="createIfMissing">Whether a request that finds no such database creates it and goes on; never for a UUID.</param>
    public Database Database(string nameOrId, bool createIfMissing = false) => Client.Database(nameOrId, createIfMissing);

    /// <summary>Connections to a database, for code that speaks ADO.NET.</summary>
    public ShoalDataSource DataSource(string nameOrId, bool createIfMissing = false) => new(Database(nameOrId, createIfMissing));

    /// <summary>A client of another account on the same engine.</summary>
    internal ShoalClient ClientOf(string account)
    {
        var channel = new EngineChannel(_host, Options, account);
        return new ShoalClient(channel, channel.ClientOptions);
    }

    /// <summary>Finishes what runs; rolls open transactions back; closes every database cleanly and frees the data folder.</summary>
    public ValueTask DisposeAsync()
    {
        SharedEngines.Remove(this);
        return _host.CloseAsync();
    }

    /// <summary>The same, waiting for it.</summary>
    public void Dispose() => DisposeAsync().AsTask().ConfigureAwait(false).GetAwaiter().GetResult();
}
