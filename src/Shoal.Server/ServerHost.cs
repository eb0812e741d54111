using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Shoal.Engine;
using Shoal.Server.Http;

namespace Shoal.Server;

/// <summary>Puts Kestrel and the router together. Nothing else of ASP.NET Core takes part in a request.</summary>
internal static class ServerHost
{
    public static WebApplication Build(ServerOptions options, DatabaseEngine engine)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddShoalServer(options, engine);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = options.ShutdownTimeout);
        builder.WebHost.UseKestrelCore();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.UseUrls([.. options.Urls]);
        builder.WebHost.ConfigureKestrel(kestrel => Limit(kestrel, options));
        var web = builder.Build();
        web.Run(web.Services.GetRequiredService<Router>().HandleAsync);
        return web;
    }

    /// <summary>Kestrel's own defaults hold where nothing stands here: 240 bytes/s least, 30 s for headers, 32 KB of headers.</summary>
    private static void Limit(KestrelServerOptions kestrel, ServerOptions options)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = options.RequestBodyBytesMax;
        kestrel.Limits.MaxConcurrentConnections = options.ConnectionsMax;
        kestrel.ConfigureEndpointDefaults(endpoint => endpoint.Protocols = HttpProtocols.Http1AndHttp2);
        TlsCertificate.Use(kestrel, options);
    }
}
