using Shoal.Server.Accounts;
using Shoal.Server.Admin;
using Shoal.Server.Analytics;
using Shoal.Server.Binding;
using Shoal.Server.D1;
using Shoal.Server.Transfer;

namespace Shoal.Server.Http;

/// <summary>Every route of the server.</summary>
internal sealed class RouteTable(
    DatabaseEndpoints databases,
    QueryEndpoint queries,
    ImportEndpoint imports,
    ExportEndpoint exports,
    StreamEndpoints streams,
    BindingEndpoint bindings,
    AuxiliaryEndpoints auxiliary)
{
    private const string Api = "/client/v4";
    private const string All = Api + "/accounts/{account}/d1/database";
    private const string One = All + "/{database}";

    public IReadOnlyList<Route> Routes { get; } =
    [
        // D1
        new("POST", All, Access.Write, databases.CreateAsync) { WholeAccount = true },
        new("GET", All, Access.Read, databases.ListAsync),
        new("GET", One, Access.Read, databases.GetAsync),
        new("PUT", One, Access.Write, databases.ReplaceAsync),
        new("PATCH", One, Access.Write, databases.PatchAsync),
        new("DELETE", One, Access.Write, databases.DeleteAsync),
        new("POST", One + "/query", Access.Read, queries.QueryAsync) { Failure = FailureShape.EnvelopeWithArray },
        new("POST", One + "/raw", Access.Read, queries.RawAsync) { Failure = FailureShape.EnvelopeWithArray },
        new("POST", One + "/import", Access.Write, imports.ImportAsync),
        new("POST", One + "/export", Access.Read, exports.ExportAsync),
        new("PUT", SignedUrls.UploadPath + "{item}", Access.Open, imports.ReceiveAsync),
        new("GET", SignedUrls.DownloadPath + "{item}", Access.Open, exports.SendAsync),

        new("GET", One + "/insights", Access.Read, auxiliary.Insights.OfDatabaseAsync),
        new("GET", Api + "/accounts/{account}/d1/insights", Access.Read, auxiliary.Insights.OfAccountAsync),

        new("GET", One + "/time_travel/bookmark", Access.Read, auxiliary.History.BookmarkAsync),
        new("POST", One + "/time_travel/restore", Access.Write, auxiliary.History.RestoreAsync),

        // D1's binding, as workerd speaks it: under a path that names the database, under none, and through Miniflare
        new("POST", "/binding/{item}/query", Access.Open, bindings.QueryAsync) { Failure = FailureShape.Binding },
        new("POST", "/binding/{item}/execute", Access.Open, bindings.QueryAsync) { Failure = FailureShape.Binding },
        new("POST", "/binding/{item}/dump", Access.Open, bindings.DumpAsync) { Failure = FailureShape.BindingStatus },
        new("POST", "/query", Access.Open, bindings.QueryAsync) { Failure = FailureShape.Binding },
        new("POST", "/execute", Access.Open, bindings.QueryAsync) { Failure = FailureShape.Binding },
        new("POST", "/dump", Access.Open, bindings.DumpAsync) { Failure = FailureShape.BindingStatus },
        new("POST", "/mf/{item}", Access.Open, bindings.ProxiedAsync) { Failure = FailureShape.Binding },

        // Ours, beside D1's
        new("GET", Api + "/accounts/{account}/d1/usage", Access.Read, auxiliary.Usage.ReadAsync),
        new("GET", One + "/time_travel", Access.Read, auxiliary.History.ListAsync),
        new("GET", One + "/time_travel/retention", Access.Read, auxiliary.History.RetentionAsync),
        new("PUT", One + "/time_travel/retention", Access.Admin, auxiliary.History.SetRetentionAsync),
        new("GET", One + "/time_travel/bookmarks", Access.Read, auxiliary.History.ListNamesAsync),
        new("POST", One + "/time_travel/bookmarks", Access.Write, auxiliary.History.NameAsync),
        new("DELETE", One + "/time_travel/bookmarks/{item}", Access.Write, auxiliary.History.RemoveNameAsync),
        new("GET", Api + "/accounts/{account}/d1/time_travel/deleted", Access.Read, auxiliary.History.DeletedAsync) { WholeAccount = true },
        new("POST", Api + "/accounts/{account}/d1/time_travel/fork", Access.Write, auxiliary.History.ForkAsync) { WholeAccount = true },
        new("POST", One + "/upload", Access.Write, streams.UploadAsync),
        new("GET", One + "/download", Access.Read, streams.DownloadAsync),

        // What wrangler asks around D1
        new("GET", Api + "/user", Access.Token, auxiliary.Accounts.UserAsync),
        new("GET", Api + "/user/tokens/verify", Access.Token, auxiliary.Accounts.VerifyTokenAsync),
        new("GET", Api + "/accounts", Access.Token, auxiliary.Accounts.AccountsAsync),
        new("GET", Api + "/memberships", Access.Token, auxiliary.Accounts.MembershipsAsync),
        new("POST", Api + "/graphql", Access.Token, auxiliary.Graphql.QueryAsync),

        // Administration
        new("GET", "/admin/tokens", Access.Admin, auxiliary.Tokens.ListAsync) { WholeAccount = true },
        new("POST", "/admin/tokens", Access.Admin, auxiliary.Tokens.CreateAsync) { WholeAccount = true },
        new("DELETE", "/admin/tokens/{item}", Access.Admin, auxiliary.Tokens.RevokeAsync) { WholeAccount = true },
        new("GET", "/metrics", Access.Token, auxiliary.Metrics.ReadAsync) { WholeAccount = true },
        new("GET", "/admin/audit", Access.Admin, auxiliary.Audit.ListAsync) { WholeAccount = true },
        new("POST", "/admin/backup/verify", Access.Admin, auxiliary.Backup.VerifyAsync) { WholeAccount = true },
        new("GET", "/health", Access.Open, auxiliary.Health.ReadyAsync),
        new("GET", "/health/live", Access.Open, auxiliary.Health.LiveAsync),
        new("GET", "/openapi.json", Access.Open, auxiliary.OpenApi.GetAsync),
    ];
}
