using Shoal.Server.Accounts;
using Shoal.Server.Admin;
using Shoal.Server.Analytics;
using Shoal.Server.History;
using Shoal.Server.Insights;
using Shoal.Server.Metrics;
using Shoal.Server.Usage;

namespace Shoal.Server.Http;

/// <summary>The endpoints around the databases.</summary>
internal sealed record AuxiliaryEndpoints(
    AccountEndpoints Accounts,
    GraphqlEndpoint Graphql,
    UsageEndpoint Usage,
    InsightEndpoints Insights,
    HistoryEndpoints History,
    BackupEndpoint Backup,
    TokenEndpoints Tokens,
    MetricsEndpoint Metrics,
    AuditEndpoint Audit,
    HealthEndpoints Health,
    OpenApiEndpoint OpenApi);
