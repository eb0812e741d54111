using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Shoal.Engine;
using Shoal.Server.Http;

namespace Shoal.Server.Items;

/// <summary>The items endpoint on addresses of its own, at the root path, as DynamoDB's clients expect.</summary>
internal static class ItemsHost
{
    /// <summary>What is read of a request at all; the endpoint answers those that are larger than 16 MiB.</summary>
    private const long BodyBytesMax = 64 * 1024 * 1024;

    public static WebApplication Build(ServerOptions options, DatabaseEngine engine, MemoryBudget budget)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton<ILoggerFactory>(new TargetFreeLoggerFactory(options.LoggerFactory));
        builder.Services.AddSingleton(options);
        builder.Services.AddSingleton(engine);
        builder.Services.AddSingleton(budget);
        builder.Services.AddSingleton<ItemsDatabases>();
        builder.Services.AddSingleton<ItemsEndpoint>();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = options.ShutdownTimeout);
        builder.WebHost.UseKestrelCore();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.UseUrls([.. options.ItemsUrls]);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = BodyBytesMax;
            kestrel.Limits.MaxConcurrentConnections = options.ConnectionsMax;
            kestrel.ConfigureEndpointDefaults(static endpoint => endpoint.Protocols = HttpProtocols.Http1AndHttp2);
            TlsCertificate.Use(kestrel, options);
        });
        var web = builder.Build();
        web.Run(web.Services.GetRequiredService<ItemsEndpoint>().HandleAsync);
        return web;
    }
}
