using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Shoal.Cli.Output;
using Shoal.Client;
using Shoal.Sync;
using Shoal.Sync.Configuration;

namespace Shoal.Cli.Syncing;

/// <summary>What a running sync tells and takes over HTTP: <c>/metrics</c>, <c>/status</c>, <c>/health</c>, queues.</summary>
/// <remarks>Without a token it is for this machine only: others are not listened to, nor pages in a browser of this machine.</remarks>
internal sealed class SyncListener : IAsyncDisposable
{
    /// <summary>As a push takes. Units: bytes.</summary>
    private const long BodyBytesMax = 256 * 1024;

    private readonly WebApplication _web;

    private SyncListener(WebApplication web) => _web = web;

    /// <summary>Where it listens.</summary>
    public string Address => _web.Urls.First();

    /// <exception cref="CliException">The address is not of this machine, or in use.</exception>
    public static async Task<SyncListener> StartAsync(string address, string? token, IReadOnlyList<SourceSettings> all,
        SyncSet set, ShoalClient client, CancellationToken cancellationToken)
    {
        if (!Uri.TryCreate(address, UriKind.Absolute, out var url) || url.Scheme != Uri.UriSchemeHttp)
        {
            throw CliException.Usage($"--listen {address} is no address", "for example http://127.0.0.1:9465");
        }

        if (!url.IsLoopback && string.IsNullOrEmpty(token))
        {
            throw CliException.Usage($"--listen {address} is not an address of this machine, so a token is needed",
                "--listen-token TOKEN, or SHOAL_LISTEN_TOKEN in the environment; or --listen http://127.0.0.1:9465");
        }

        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(address);
        builder.WebHost.ConfigureKestrel(static kestrel => kestrel.Limits.MaxRequestBodySize = BodyBytesMax);
        var web = builder.Build();
        var guard = new ListenerGuard(token);
        web.Use((context, next) => guard.InvokeAsync(context, next));
        new QueueEndpoints(set.Queues, client).MapTo(web);
        web.MapGet("/metrics", () => Results.Text(set.Metrics(), "text/plain; version=0.0.4"));
        web.MapGet("/health", () => set.IsHealthy
            ? Results.Text("ok\n") : Results.Text("not streaming\n", statusCode: (int)HttpStatusCode.ServiceUnavailable));
        web.MapGet("/status", async (HttpContext request) =>
        {
            var list = new List<SyncStatus>();
            foreach (var settings in all)
            {
                list.Add(await new SyncInspector(settings).StatusAsync(client, request.RequestAborted));
            }

            return Results.Text(JsonOutput.ToText(writer => SyncStatusCommand.WriteJson(writer, list, all: false)), "application/json");
        });
        try
        {
            await web.StartAsync(cancellationToken);
        }
        catch (IOException failure)
        {
            await web.DisposeAsync();
            throw new CliException($"cannot listen on {address}: {failure.Message}", "choose another port with --listen", failure);
        }

        return new SyncListener(web);
    }

    public async ValueTask DisposeAsync()
    {
        await _web.StopAsync();
        await _web.DisposeAsync();
    }
}
