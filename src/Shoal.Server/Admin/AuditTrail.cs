using System.Net;
using System.Text.Json.Nodes;
using Shoal.Engine;
using Shoal.Engine.Catalog;
using Shoal.Protocol;
using Shoal.Server.Http;

namespace Shoal.Server.Admin;

/// <summary>Notes what callers do to tokens and databases.</summary>
/// <remarks>What has been answered with success is noted; noting is not given up when the client goes away.</remarks>
internal sealed class AuditTrail(DatabaseEngine engine, ServerOptions options)
{
    public Task TokenAsync(Exchange exchange, string action, TokenRecord token) => RecordAsync(exchange, action, token.Account,
        token.Id, new JsonObject
        {
            ["name"] = token.Name,
            ["permission"] = TokenEndpoints.PermissionWord(token.Permission),
            ["databases"] = token.Databases.Count,
            ["expires_at"] = token.ExpiresAt?.ToString("O"),
        });

    public Task DatabaseAsync(Exchange exchange, string action, DatabaseRecord database, JsonObject? detail = null)
    {
        detail ??= [];
        detail["name"] = database.Name;
        return RecordAsync(exchange, action, database.Account, database.Id.ToString(), detail);
    }

    /// <summary>The server is about to accept requests.</summary>
    /// <param name="addresses">Where.</param>
    public Task StartedAsync(IEnumerable<string> addresses) => engine.Audit.RecordAsync(new AuditEntry("server",
        "local " + Environment.UserName, AuditAction.ServerStarted, Account: null, Subject: null, new JsonObject
        {
            ["addresses"] = new JsonArray([.. addresses.Select(address => (JsonNode)address)]),
            ["durability"] = engine.Options.Durability?.ToString(),
            ["compatibility"] = options.Compatibility.ToString(),
            ["create_on_use"] = options.CreateOnUse,
            ["development_token"] = options.DevelopmentToken is not null,
            ["tls"] = options.TlsCertificatePath is not null,
            ["query_timeout_seconds"] = options.QueryTimeout.TotalSeconds,
            ["default_account"] = options.DefaultAccount,
        }.ToJsonString()));

    private Task RecordAsync(Exchange exchange, string action, string? account, string subject, JsonObject detail) =>
        engine.Audit.RecordAsync(new AuditEntry(exchange.Caller.Id, OriginOf(exchange.Http.Connection.RemoteIpAddress), action,
            account, subject, detail.ToJsonString(WireJson.Instance.Options)));

    private static string OriginOf(IPAddress? address) => address is null ? "unknown"
        : (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString();
}
