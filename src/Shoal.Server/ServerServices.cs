using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.ObjectPool;
using Shoal.Engine;
using Shoal.Server.Accounts;
using Shoal.Server.Admin;
using Shoal.Server.Analytics;
using Shoal.Server.Auth;
using Shoal.Server.Binding;
using Shoal.Server.D1;
using Shoal.Server.History;
using Shoal.Server.Http;
using Shoal.Server.Insights;
using Shoal.Server.Metrics;
using Shoal.Server.Transfer;
using Shoal.Server.Usage;

namespace Shoal.Server;

/// <summary>What the server is made of.</summary>
internal static class ServerServices
{
    /// <summary>Query requests whose memory is kept for the next one.</summary>
    private const int PooledQueriesMax = 512;

    public static IServiceCollection AddShoalServer(this IServiceCollection services, ServerOptions options,
        DatabaseEngine engine)
    {
        var budget = new MemoryBudget(options.RequestMemoryBytesMax);
        services.AddSingleton(options);
        services.AddSingleton(budget);
        services.AddSingleton<ILoggerFactory>(new TargetFreeLoggerFactory(options.LoggerFactory));

        // Given, not made, here: the container must not close the engine before the last job has let go of it.
        services.AddSingleton(engine);
        services.AddSingleton(options.TimeProvider);
        services.AddSingleton<UsageMeter>();
        services.AddSingleton(new MetricCollector(engine.Options));
        services.AddSingleton(new ServerMetrics(engine.Options));
        services.AddSingleton<MetricsEndpoint>();
        services.AddSingleton(new Gatekeeper(engine, DevelopmentTokenOf(options)));
        services.AddSingleton<ObjectPool<QueryWork>>(
            new DefaultObjectPool<QueryWork>(new QueryWorkPolicy(options, budget), PooledQueriesMax));
        services.AddSingleton(new FairQueue(Environment.ProcessorCount, static () => ThreadPool.PendingWorkItemCount > 0));
        services.AddSingleton<DatabaseEndpoints>();
        services.AddSingleton<QueryEndpoint>();
        services.AddSingleton<AccountEndpoints>();
        services.AddSingleton<GraphqlEndpoint>();
        services.AddSingleton<UsageEndpoint>();
        services.AddSingleton<InsightEndpoints>();
        services.AddSingleton<HistoryEndpoints>();
        services.AddSingleton<BackupEndpoint>();
        services.AddHostedService<BackupVerifier>();
        services.AddSingleton<AuditTrail>();
        services.AddSingleton<AuditEndpoint>();
        services.AddSingleton<TokenEndpoints>();
        services.AddSingleton<HealthEndpoints>();
        services.AddSingleton<OpenApiEndpoint>();
        services.AddSingleton<AuxiliaryEndpoints>();
        services.AddSingleton<TransferFolder>();
        services.AddSingleton<UploadStore>();
        services.AddSingleton<TransferJobs>();
        services.AddSingleton<SignedUrls>();
        services.AddSingleton<ImportEndpoint>();
        services.AddSingleton<ExportEndpoint>();
        services.AddSingleton<StreamEndpoints>();
        services.AddSingleton<BindingDatabases>();
        services.AddSingleton<BindingEndpoint>();
        services.AddSingleton<ServerState>();
        services.AddSingleton<RouteTable>();
        services.AddSingleton<Router>();
        return services;
    }

    private static DevelopmentToken? DevelopmentTokenOf(ServerOptions options) => options.DevelopmentToken is { } secret
        ? new DevelopmentToken(secret, options.TimeProvider.GetUtcNow())
        : null;
}
