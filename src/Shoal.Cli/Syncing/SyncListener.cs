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

/// <summary>What a running sync tells over HTTP: <c>/metrics</c>, <c>/status</c>, <c>/health</c>.</summary>
/// <remarks>On this machine only: it asks for no token.</remarks>
internal sealed class SyncListener : IAsyncDisposable
{
    private readonly WebApplication _web;

    private SyncListener(WebApplication web) => _web = web;

    /// <summary>Where it listens.</summary>
    public string Address => _web.Urls.First();

    /// <exception cref="CliException">The address is not of this machine, or in use.</exception>
    public static async Task<SyncListener> StartAsync(string address, IReadOnlyList<(SourceSettings Settings, SyncSource Source)> sources,
        ShoalClient client, CancellationToken cancellationToken)
    {
        if (!Uri.TryCreate(address, UriKind.Absolute, out var url) || url.Scheme != Uri.UriSchemeHttp || !url.IsLoopback)
        {
            throw CliException.Usage($"--listen {address} is not an address of this machine", "for example http://127.0.0.1:9465");
        }

        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(address);
        var web = builder.Build();
        web.MapGet("/metrics", () =>
            Results.Text(SyncExport.Write([.. sources.Select(static one => one.Source)]), "text/plain; version=0.0.4"));
        web.MapGet("/health", () => sources.All(static one => one.Source.IsStreaming) ? Results.Text("ok\n")
            : Results.Text("not streaming\n", statusCode: (int)HttpStatusCode.ServiceUnavailable));
        web.MapGet("/status", async (HttpContext request) =>
        {
            var list = new List<SyncStatus>();
            foreach (var (settings, _) in sources)
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
