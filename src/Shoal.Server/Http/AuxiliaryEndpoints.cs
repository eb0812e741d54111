using Shoal.Server.Accounts;
using Shoal.Server.Admin;
using Shoal.Server.Analytics;

namespace Shoal.Server.Http;

/// <summary>The endpoints around the databases.</summary>
internal sealed record AuxiliaryEndpoints(
    AccountEndpoints Accounts,
    GraphqlEndpoint Graphql,
    TokenEndpoints Tokens,
    HealthEndpoints Health);
