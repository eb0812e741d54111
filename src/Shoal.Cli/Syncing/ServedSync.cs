using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Shoal.Cli.Configuration;
using Shoal.Cli.Serving;
using Shoal.Client;
using Shoal.Engine.Catalog;
using Shoal.Server;
using Shoal.Sync;
using Shoal.Sync.Configuration;

namespace Shoal.Cli.Syncing;

/// <summary>The sync of <c>shoal serve --sync</c>: in the server's process, for its own databases.</summary>
/// <remarks>
/// It talks to the server as any client does, with a token of its own that ends with it. Whatever fails here is said and begun again;
/// the server goes on.
/// </remarks>
internal sealed class ServedSync : IAsyncDisposable
{
    private const string TokenName = "shoal serve --sync";

    private static readonly TimeSpan FirstWait = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LastWait = TimeSpan.FromMinutes(1);

    private readonly CommandContext _context;
    private readonly IReadOnlyList<SourceSettings> _settings;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _ending = new();
    private SyncSet? _set;
    private Task _running = Task.CompletedTask;
    private ShoalServer? _server;
    private ShoalClient? _client;
    private string? _token;
    private CancellationTokenRegistration _asked;

    private ServedSync(CommandContext context, IReadOnlyList<SourceSettings> settings)
    {
        _context = context;
        _settings = settings;
        _logger = new SyncConsoleLogger(context);
    }

    /// <summary>Reads the configuration, before anything is served.</summary>
    /// <exception cref="CliException">It is not there, or wrong.</exception>
    public static async Task<ServedSync> ReadAsync(CommandContext context, string file, CancellationToken cancellationToken)
    {
        var sources = await SyncInput.ReadFileAsync(context, file, cancellationToken);
        return sources.FirstOrDefault(static one => !one.Streams) is { } pushed
            ? throw CliException.Usage($"the source {pushed.Name} has only a queue, which `serve` does not listen for",
                "shoal sync run FILE --listen http://127.0.0.1:9465")
            : new ServedSync(context, sources);
    }

    /// <summary>What it counts, in Prometheus' text format.</summary>
    public string Metrics() => _set?.Metrics() ?? "";

    /// <summary>Begins, as soon as the server answers.</summary>
    /// <param name="server">Has the tenants' databases.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="CliException">The server has no address that it could use.</exception>
    public async Task StartAsync(ShoalServer server, CancellationToken cancellationToken)
    {
        var address = server.Addresses.FirstOrDefault(static one => one.StartsWith("http://", StringComparison.OrdinalIgnoreCase))
            ?? throw CliException.Usage("--sync needs an address without TLS to talk to the server",
                "add one of this machine: --urls \"https://…;http://127.0.0.1:8788\"");
        var account = _context.Settings.Read("account", flag: null, TargetSettings.DefaultAccount).Value!;
        _server = server;

        // Those of processes that were killed.
        foreach (var old in server.Engine.Tokens.List().Where(static token => token.Name == TokenName))
        {
            await server.Engine.Tokens.RevokeAsync(old.Id, cancellationToken);
        }

        var token = await server.Engine.Tokens.CreateAsync(TokenName, account, [], TokenPermission.Write, expiresAt: null,
            cancellationToken);
        _token = token.Record.Id;
        _client = new ShoalClient(new ShoalClientOptions
        {
            Address = new Uri(Introduction.ClientUrl([address])),
            Account = account,
            Token = token.Secret,
        });
        _set = new SyncSet(_settings, _client, _logger);
        _asked = cancellationToken.Register(_ending.Cancel);
        _running = Task.WhenAll([.. _set.Streams.Select(one => KeepAsync(one.Settings.Name, one.Source.RunAsync)),
            .. _set.Queues.Select(one => KeepAsync(one.Settings.Name, one.Queue.RunAsync))]);
    }

    public async ValueTask DisposeAsync()
    {
        await _asked.DisposeAsync();
        await _ending.CancelAsync();
        await _running;
        _client?.Dispose();
        if (_token is not null)
        {
            await _server!.Engine.Tokens.RevokeAsync(_token);
        }

        _ending.Dispose();
    }

    private async Task KeepAsync(string name, Func<CancellationToken, Task> run)
    {
        // Elsewhere: until the first wait it would run before the server says that it is ready.
        await Task.Yield();
        for (var wait = FirstWait; !_ending.IsCancellationRequested;)
        {
            var begun = Stopwatch.GetTimestamp();
            try
            {
                await run(_ending.Token);
            }
            catch (Exception error)
            {
                // Boundary loop: a sync that fails for whatever reason must not end the server.
                if (!_ending.IsCancellationRequested)
                {
                    var hint = error is SyncException { Hint: { } text } ? $" ({text})" : "";
                    _context.Console.Note($"sync {name}: {error.Message}{hint}; trying again in {wait.TotalSeconds:0} s");
                }
            }

            await Task.Delay(wait, _ending.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            var longer = wait * 2 < LastWait ? wait * 2 : LastWait;
            wait = Stopwatch.GetElapsedTime(begun) > LastWait * 2 ? FirstWait : longer;
        }
    }
}
