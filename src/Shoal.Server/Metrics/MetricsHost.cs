using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Shoal.Server.Metrics;

/// <summary>Metrics on addresses of their own, without a token: addresses of this machine only.</summary>
internal static class MetricsHost
{
    public static WebApplication Build(ServerOptions options, MetricsEndpoint metrics)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(options.LoggerFactory);
        builder.WebHost.UseKestrelCore();
        builder.WebHost.UseUrls([.. options.MetricsUrls]);
        builder.WebHost.ConfigureKestrel(static kestrel => kestrel.AddServerHeader = false);
        var web = builder.Build();
        web.Run(http => HandleAsync(http, metrics));
        return web;
    }

    private static async Task HandleAsync(HttpContext http, MetricsEndpoint metrics)
    {
        if (http.Request.Method != HttpMethods.Get || http.Request.Path != "/metrics")
        {
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        await metrics.WriteAsync(http);
    }
}
