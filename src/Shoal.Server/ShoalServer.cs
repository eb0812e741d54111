using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Shoal.Engine;
using Shoal.Server.Admin;
using Shoal.Server.Http;
using Shoal.Server.Items;
using Shoal.Server.Metrics;
using Shoal.Server.Usage;
using Shoal.Sqlite.Threads;

namespace Shoal.Server;

/// <summary>A running server: an engine and the HTTP in front of it.</summary>
/// <remarks>Thread: safe for any. Owns: the engine, and with it the data folder.</remarks>
public sealed class ShoalServer : IAsyncDisposable
{
    private readonly WebApplication _web;
    private readonly WebApplication? _metrics;
    private readonly WebApplication? _items;
    private readonly IDisposable? _otlp;
    private readonly ServerOptions _options;
    private readonly ILogger<ShoalServer> _logger;
    private int _disposed;

    private ShoalServer(WebApplication web, WebApplication? metrics, WebApplication? items, DatabaseEngine engine,
        ServerOptions options)
    {
        _metrics = metrics;
        _items = items;
        _web = web;
        _options = options;
        _logger = options.LoggerFactory.CreateLogger<ShoalServer>();
        _otlp = options.OtlpEndpoint is { } endpoint ? OtlpExport.Start(endpoint) : null;
        Engine = engine;
        Addresses = [.. web.Urls];
        MetricsAddresses = [.. metrics?.Urls ?? []];
        ItemsAddresses = [.. items?.Urls ?? []];
    }

    /// <summary>The addresses it listens on, with the real port where port 0 was asked for.</summary>
    public IReadOnlyList<string> Addresses { get; }

    /// <summary>The addresses that serve metrics without a token, with the real port where port 0 was asked for.</summary>
    public IReadOnlyList<string> MetricsAddresses { get; }

    /// <summary>The addresses that serve items, with the real port where port 0 was asked for.</summary>
    public IReadOnlyList<string> ItemsAddresses { get; }

    /// <summary>The databases behind it.</summary>
    public DatabaseEngine Engine { get; }

    /// <summary>The parts of the server, for its own tests.</summary>
    internal IServiceProvider Services => _web.Services;

    /// <summary>Opens the data folder and listens; complete when the first request can come.</summary>
    /// <exception cref="EngineException">The data folder is in use, damaged or of a newer version.</exception>
    /// <exception cref="IOException">An address is in use.</exception>
    public static async Task<ShoalServer> StartAsync(ServerOptions options, CancellationToken ct = default)
    {
        var problems = OptionsValidation.Validate(options);
        if (problems.Count > 0)
        {
            throw new ArgumentException(string.Join(Environment.NewLine, problems), nameof(options));
        }

        var engine = await DatabaseEngine.OpenAsync(EngineOptionsOf(options), ct);
        WebApplication? web = null;
        WebApplication? metrics = null;
        WebApplication? items = null;
        try
        {
            web = ServerHost.Build(options, engine);
            web.Services.GetRequiredService<UsageMeter>().Start();
            web.Services.GetRequiredService<ServerMetrics>().ObserveLostUsage(
                () => web.Services.GetRequiredService<UsageMeter>().LostCount);
            if (options.MetricsUrls.Count > 0)
            {
                metrics = MetricsHost.Build(options, web.Services.GetRequiredService<MetricsEndpoint>());
                await metrics.StartAsync(ct);
            }

            if (options.ItemsUrls.Count > 0)
            {
                items = ItemsHost.Build(options, engine, web.Services);
                await items.StartAsync(ct);
            }

            await web.StartAsync(ct);

            // It only passes on what arrives; while it waits, nobody's requests begin.
            Scheduling.GoFirst(".NET Sockets");
            await web.Services.GetRequiredService<AuditTrail>().StartedAsync(web.Urls);
            var server = new ShoalServer(web, metrics, items, engine, options);
            server._logger.Listening(string.Join(' ', server.Addresses), options.DataFolder);
            return server;
        }
        catch
        {
            if (items is not null)
            {
                await items.DisposeAsync();
            }

            if (metrics is not null)
            {
                await metrics.DisposeAsync();
            }

            if (web is not null)
            {
                await web.DisposeAsync();
            }

            await engine.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits for SIGTERM, SIGINT or the token; then for the requests that run.</summary>
    public async Task WaitForShutdownAsync(CancellationToken ct)
    {
        var lifetime = _web.Services.GetRequiredService<IHostApplicationLifetime>();
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using (ct.Register(() => asked.TrySetResult()))
        await using (lifetime.ApplicationStopping.Register(() => asked.TrySetResult()))
        {
            await asked.Task;
        }

        await StopAsync();
    }

    /// <summary>Stops accepting, lets requests finish within <see cref="ServerOptions.ShutdownTimeout"/>, closes the engine.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        await StopAsync();
        _otlp?.Dispose();
        if (_metrics is not null)
        {
            await _metrics.StopAsync();
            await _metrics.DisposeAsync();
        }

        if (_items is not null)
        {
            await _items.DisposeAsync();
        }

        await _web.DisposeAsync();
        await Engine.DisposeAsync();
        _logger.Stopped();
    }

    private async Task StopAsync()
    {
        var state = _web.Services.GetRequiredService<ServerState>();
        if (!state.IsStopping)
        {
            _logger.Stopping(_options.ShutdownTimeout);
            state.BeginStopping();
            if (_options.DrainDelay > TimeSpan.Zero)
            {
                await Task.Delay(_options.DrainDelay, _options.TimeProvider);
            }
        }

        await Task.WhenAll(_web.StopAsync(), _items?.StopAsync() ?? Task.CompletedTask);
    }

    private static EngineOptions EngineOptionsOf(ServerOptions options) => new()
    {
        DataFolder = options.DataFolder,
        Durability = options.Durability,
        History = options.History,
        HistoryStore = options.HistoryStore,
        HistoryUploadInterval = options.HistoryUploadInterval,
        FreeBytesMin = options.FreeBytesMin,
        Limits = options.Limits with { QueryTimeout = options.QueryTimeout },
        TimeProvider = options.TimeProvider,
        LoggerFactory = options.LoggerFactory,
    };
}
