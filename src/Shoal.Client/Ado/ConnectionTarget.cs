using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace Shoal.Client.Ado;

/// <summary>Finds the client of a connection string. Connections are cheap: all of a process share clients and their sockets.</summary>
/// <remarks>Thread: safe.</remarks>
internal static class ConnectionTarget
{
    private const int ClientsMax = 1_000;
    private const string EmbeddedAssembly = "Shoal.Embedded";
    private const string EmbeddedType = "Shoal.Embedded.Channels.SharedEngines, " + EmbeddedAssembly;

    private static readonly Lazy<HttpClient> Http = new(static () => ShoalClient.CreateHttp(connectionsMax: 64));
    private static readonly ConcurrentDictionary<ShoalClientOptions, ShoalClient> Clients = new();
    private static Func<string, string, ShoalClient>? _embedded;

    /// <summary>Tells how a data folder is opened. Shoal.Embedded does, when it is loaded.</summary>
    /// <param name="open">From folder and account to a client.</param>
    public static void RegisterEmbedded(Func<string, string, ShoalClient> open) => Volatile.Write(ref _embedded, open);

    /// <summary>The client that a connection string leads to.</summary>
    /// <exception cref="ArgumentException">It says too little, too much or nonsense.</exception>
    public static ShoalClient ClientOf(ShoalConnectionStringBuilder settings)
    {
        return (settings.Url, settings.DataFolder) switch
        {
            ({ } url, null) => Remote(url, settings),
            (null, { } folder) => Embedded(folder, settings),
            _ => throw new ArgumentException("the connection string must have either Url (a server) or Data Folder (in process)"),
        };
    }

    private static ShoalClient Remote(string url, ShoalConnectionStringBuilder settings)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var address))
        {
            throw new ArgumentException($"Url must be an absolute http or https address; it is '{url}'");
        }

        var options = new ShoalClientOptions
        {
            Address = address,
            Account = settings.Account,
            Token = settings.Token,
            Target = settings.Target,
            Timeout = TimeSpan.FromSeconds(settings.Timeout),
        };
        if (Clients.TryGetValue(options, out var known))
        {
            return known;
        }

        // A client over shared sockets owns nothing, so those that are forgotten need no end.
        if (Clients.Count >= ClientsMax)
        {
            Clients.Clear();
        }

        return Clients.GetOrAdd(options, static wanted => new ShoalClient(Http.Value, wanted));
    }

    private static ShoalClient Embedded(string folder, ShoalConnectionStringBuilder settings)
    {
        if (Volatile.Read(ref _embedded) is null && Type.GetType(EmbeddedType, throwOnError: false) is { } type)
        {
            RuntimeHelpers.RunClassConstructor(type.TypeHandle);
        }

        var open = Volatile.Read(ref _embedded)
            ?? throw new InvalidOperationException($"Data Folder needs the package {EmbeddedAssembly}, and it is not there");
        return open(folder, settings.Account);
    }
}
