using System.Text.Json.Nodes;
using Shoal.Engine.Catalog;
using Shoal.TestKit;

namespace Shoal.Server.Tests.Auth;

/// <summary>What each route demands, how to send to it, and how to tell what it made of the caller.</summary>
internal static class AccessMatrix
{
    private const string All = "/client/v4/accounts/{account}/d1/database";
    private const string One = All + "/{database}";

    public static IReadOnlyList<AccessRoute> Routes { get; } =
    [
        new("POST", All, TokenPermission.Write, AccessReach.Account),
        new("GET", All, TokenPermission.Read, AccessReach.List),
        new("GET", One, TokenPermission.Read, AccessReach.Database),
        new("PUT", One, TokenPermission.Write, AccessReach.Database),
        new("PATCH", One, TokenPermission.Write, AccessReach.Database),
        new("DELETE", One, TokenPermission.Write, AccessReach.Database),
        new("POST", One + "/query", TokenPermission.Read, AccessReach.Database),
        new("POST", One + "/raw", TokenPermission.Read, AccessReach.Database),
        new("POST", One + "/import", TokenPermission.Write, AccessReach.Database),
        new("POST", One + "/export", TokenPermission.Read, AccessReach.Database),
        new("POST", One + "/upload", TokenPermission.Write, AccessReach.Database),
        new("GET", One + "/download", TokenPermission.Read, AccessReach.Database),
        new("GET", One + "/insights", TokenPermission.Read, AccessReach.Database),
        new("GET", One + "/time_travel", TokenPermission.Read, AccessReach.Database),
        new("GET", One + "/time_travel/bookmark", TokenPermission.Read, AccessReach.Database),
        new("POST", One + "/time_travel/restore", TokenPermission.Write, AccessReach.Database),
        new("GET", One + "/time_travel/retention", TokenPermission.Read, AccessReach.Database),
        new("PUT", One + "/time_travel/retention", TokenPermission.Admin, AccessReach.Database),
        new("GET", One + "/time_travel/bookmarks", TokenPermission.Read, AccessReach.Database),
        new("POST", One + "/time_travel/bookmarks", TokenPermission.Write, AccessReach.Database),
        new("DELETE", One + "/time_travel/bookmarks/{item}", TokenPermission.Write, AccessReach.Database),
        new("GET", "/client/v4/accounts/{account}/d1/time_travel/deleted", TokenPermission.Read, AccessReach.Account),
        new("POST", "/client/v4/accounts/{account}/d1/time_travel/fork", TokenPermission.Write, AccessReach.Account),
        new("GET", "/client/v4/accounts/{account}/d1/insights", TokenPermission.Read, AccessReach.List),
        new("GET", "/client/v4/accounts/{account}/d1/usage", TokenPermission.Read, AccessReach.List),
        new("POST", "/binding/{item}/query", TokenPermission.Read, AccessReach.Binding),
        new("POST", "/binding/{item}/execute", TokenPermission.Read, AccessReach.Binding),
        new("POST", "/binding/{item}/dump", TokenPermission.Read, AccessReach.Binding),
        new("POST", "/query", TokenPermission.Read, AccessReach.Binding),
        new("POST", "/execute", TokenPermission.Read, AccessReach.Binding),
        new("POST", "/dump", TokenPermission.Read, AccessReach.Binding),
        new("POST", "/mf/{item}", TokenPermission.Read, AccessReach.Binding),
        new("GET", "/client/v4/user", TokenPermission.Read, AccessReach.Caller),
        new("GET", "/client/v4/user/tokens/verify", TokenPermission.Read, AccessReach.Caller),
        new("GET", "/client/v4/accounts", TokenPermission.Read, AccessReach.Caller),
        new("GET", "/client/v4/memberships", TokenPermission.Read, AccessReach.Caller),
        new("POST", "/client/v4/graphql", TokenPermission.Read, AccessReach.Caller),
        new("GET", "/metrics", TokenPermission.Read, AccessReach.Everything),
        new("GET", "/admin/tokens", TokenPermission.Admin, AccessReach.Admin),
        new("POST", "/admin/tokens", TokenPermission.Admin, AccessReach.Admin),
        new("DELETE", "/admin/tokens/{item}", TokenPermission.Admin, AccessReach.Admin),
        new("POST", "/admin/backup/verify", TokenPermission.Admin, AccessReach.Admin),
        new("GET", "/admin/audit", TokenPermission.Admin, AccessReach.Admin),
        new("PUT", "/transfers/uploads/{item}", TokenPermission.Read, AccessReach.Signed),
        new("GET", "/transfers/exports/{item}", TokenPermission.Read, AccessReach.Signed),
        new("GET", "/health", TokenPermission.Read, AccessReach.Everybody),
        new("GET", "/health/live", TokenPermission.Read, AccessReach.Everybody),
        new("GET", "/openapi.json", TokenPermission.Read, AccessReach.Everybody),
    ];

    /// <summary>Sends a request that a caller with every right is let in with.</summary>
    /// <param name="client">With the token for the header, if any.</param>
    /// <param name="route">Where to.</param>
    /// <param name="database">Id of the database.</param>
    /// <param name="pathToken">A token to put before the database's id.</param>
    /// <param name="sql">What to run, where something is run.</param>
    public static Task<JsonReply> SendAsync(ApiClient client, AccessRoute route, string database, string? pathToken = null,
        string sql = "SELECT 1")
    {
        var address = pathToken is null ? database : $"{pathToken}@{database}";
        var path = route.Pattern.Replace("{account}", client.Account, StringComparison.Ordinal)
            .Replace("{database}", address, StringComparison.Ordinal)
            .Replace("{item}", route.Reach == AccessReach.Binding ? address : "x", StringComparison.Ordinal);
        var body = route.RunsSql || route.Reach == AccessReach.Binding
            ? new JsonObject { ["sql"] = sql }.ToJsonString()
            : "{}";
        return client.SendAsync(new HttpMethod(route.Method), path, route.Method is "GET" or "DELETE" ? null : body,
            ("X-D1-Database-Id", database), ("MF-URL", "http://d1/query"));
    }

    /// <summary>Makes the database again that a successful deletion has taken; its id.</summary>
    public static async Task<string> RestoreAsync(ApiClient client, AccessRoute route, JsonReply reply, string database) =>
        route is { Method: "DELETE", Reach: AccessReach.Database } && reply.Success ? await client.CreateAsync("shop") : database;

    public static AccessOutcome OutcomeOf(JsonReply reply)
    {
        var text = (reply.Json as JsonObject)?["error"] is JsonValue error ? (string)error! : reply.Failure;
        return text switch
        {
            "400/9106 Missing X-Auth-Key, X-Auth-Email or Authorization headers" => AccessOutcome.Missing,
            "401/10000 Authentication error" => AccessOutcome.Wrong,
            "403/10000 Authentication error" => AccessOutcome.Denied,
            "403/10000 The URL's signature is not valid" => AccessOutcome.Unsigned,
            "Authentication error (the token is unknown, revoked or expired)" => AccessOutcome.Wrong,
            "Authentication error (the token does not reach this database, or may not do this)" => AccessOutcome.Denied,
            _ when text.StartsWith("the request carries no token", StringComparison.Ordinal) => AccessOutcome.Missing,
            _ when text.StartsWith("The database ", StringComparison.Ordinal) => AccessOutcome.Hidden,
            _ => AccessOutcome.Passed,
        };
    }
}
