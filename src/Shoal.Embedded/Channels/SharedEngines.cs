using System.Diagnostics.CodeAnalysis;
using Shoal.Client;
using Shoal.Client.Ado;

namespace Shoal.Embedded.Channels;

/// <summary>
/// The engines that connection strings lead to: one per data folder in this process. One that was opened by hand is used;
/// otherwise one is opened by the first connection and stays open until the process ends, as sockets would.
/// </summary>
/// <remarks>Thread: safe. The client's ADO.NET part finds this type by its name.</remarks>
internal static class SharedEngines
{
    private static readonly Lock Opening = new();
    private static readonly Lock Gate = new();
    private static readonly Dictionary<string, ShoalEngine> Opened = new(StringComparer.Ordinal);
    private static readonly List<ShoalEngine> Own = [];
    private static readonly Dictionary<(ShoalEngine Engine, string Account), ShoalClient> Clients = [];

    [SuppressMessage("Performance", "CA1810", Justification = "To be run is what this type exists for.")]
    static SharedEngines()
    {
        ConnectionTarget.RegisterEmbedded(Open);
        AppDomain.CurrentDomain.ProcessExit += static (_, _) => CloseOwn();
    }

    /// <summary>Somebody opened a folder: connection strings may lead to it from now on.</summary>
    public static void Add(ShoalEngine engine)
    {
        lock (Gate)
        {
            Opened[engine.Folder] = engine;
        }
    }

    /// <summary>An engine is about to close.</summary>
    public static void Remove(ShoalEngine engine)
    {
        lock (Gate)
        {
            if (Opened.TryGetValue(engine.Folder, out var known) && ReferenceEquals(known, engine))
            {
                Opened.Remove(engine.Folder);
            }

            foreach (var key in Clients.Keys.Where(key => ReferenceEquals(key.Engine, engine)).ToList())
            {
                Clients.Remove(key);
            }
        }
    }

    private static ShoalClient Open(string dataFolder, string account)
    {
        var folder = Path.GetFullPath(dataFolder);
        lock (Opening)
        {
            // Two connections at once must not open one folder twice. Opening adds it, perhaps on another thread.
            if (Find(folder) is not { } engine)
            {
                engine = ShoalEngine.Open(folder);
                lock (Gate)
                {
                    Own.Add(engine);
                }
            }

            return engine.Options.Account == account ? engine.Client : ClientOf(engine, account);
        }
    }

    private static ShoalEngine? Find(string folder)
    {
        lock (Gate)
        {
            return Opened.GetValueOrDefault(folder);
        }
    }

    private static ShoalClient ClientOf(ShoalEngine engine, string account)
    {
        lock (Gate)
        {
            if (!Clients.TryGetValue((engine, account), out var client))
            {
                client = engine.ClientOf(account);
                Clients.Add((engine, account), client);
            }

            return client;
        }
    }

    private static void CloseOwn()
    {
        List<ShoalEngine> engines;
        lock (Gate)
        {
            engines = [.. Own];
        }

        foreach (var engine in engines)
        {
            engine.Dispose();
        }
    }
}
