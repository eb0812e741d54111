using Microsoft.Extensions.Logging;
using Shoal.Engine;
using Shoal.Engine.Catalog;
using Shoal.Protocol;
using Shoal.Protocol.Admin;
using Shoal.Server.Http;

namespace Shoal.Server.Admin;

/// <summary>Makes, lists and revokes tokens.</summary>
/// <remarks>An administrator confined to an account handles that account's tokens only.</remarks>
internal sealed class TokenEndpoints(
    DatabaseEngine engine,
    ServerOptions options,
    AuditTrail audit,
    ILogger<TokenEndpoints> logger)
{
    private const int NameCharsMax = 100;
    private const int DatabasesMax = 1_000;

    public async ValueTask ListAsync(Exchange exchange)
    {
        var tokens = engine.Tokens.List().Where(token => Governs(exchange.Caller, token)).Select(Describe).ToList();
        await Reply.OkAsync(exchange, tokens, WireJson.Instance.TokenListEnvelope);
    }

    public async ValueTask CreateAsync(Exchange exchange)
    {
        var body = await RequestBody.ReadJsonAsync(exchange.Http.Request, WireJson.Instance.CreateTokenBody);
        var caller = exchange.Caller;
        var account = AccountOf(body, caller);
        var token = await engine.Tokens.CreateAsync(NameOf(body), account, DatabasesOf(body, account), PermissionOf(body),
            ExpiryOf(body));
        logger.TokenCreated(token.Record.Id, token.Record.Name, caller.Id);
        await audit.TokenAsync(exchange, AuditAction.TokenCreated, token.Record);
        await Reply.OkAsync(exchange, Describe(token.Record) with { Secret = token.Secret }, WireJson.Instance.TokenEnvelope);
    }

    public async ValueTask RevokeAsync(Exchange exchange)
    {
        var id = exchange.Item;
        var known = engine.Tokens.List().FirstOrDefault(token => token.Id == id && Governs(exchange.Caller, token));
        if (known is null || !await engine.Tokens.RevokeAsync(id))
        {
            throw new RequestException(RequestErrorKind.NotFound, $"The token {RequestTarget.WithoutSecret(id)} could not be found");
        }

        logger.TokenRevoked(id, exchange.Caller.Id);
        await audit.TokenAsync(exchange, AuditAction.TokenRevoked, known);
        await Reply.OkAsync(exchange, new RevokedToken(id), WireJson.Instance.RevokedTokenEnvelope);
    }

    /// <summary>A permission as the API writes it.</summary>
    public static string PermissionWord(TokenPermission permission) => permission switch
    {
        TokenPermission.Read => "read",
        TokenPermission.Write => "write",
        TokenPermission.Admin => "admin",
    };

    private static bool Governs(TokenRecord caller, TokenRecord token) =>
        caller.Account is null || caller.Account == token.Account;

    private static string NameOf(CreateTokenBody body) => body.Name?.Trim() is { Length: > 0 and <= NameCharsMax } name
        ? name
        : throw RequestException.Malformed($"name must be a text of 1 to {NameCharsMax} characters");

    private static string? AccountOf(CreateTokenBody body, TokenRecord caller)
    {
        if (caller.Account is null)
        {
            return body.Account;
        }

        return body.Account is null || body.Account == caller.Account ? caller.Account : throw RequestException.PermissionDenied();
    }

    private static TokenPermission PermissionOf(CreateTokenBody body) => body.Permission switch
    {
        "read" => TokenPermission.Read,
        "write" => TokenPermission.Write,
        "admin" => TokenPermission.Admin,
        _ => throw RequestException.Malformed("permission must be \"read\", \"write\" or \"admin\""),
    };

    private List<DatabaseId> DatabasesOf(CreateTokenBody body, string? account)
    {
        var texts = body.Databases ?? [];
        if (texts.Count > DatabasesMax)
        {
            throw RequestException.Malformed($"databases must hold at most {DatabasesMax} ids");
        }

        var ids = new List<DatabaseId>(texts.Count);
        for (var index = 0; index < texts.Count; index++)
        {
            if (!DatabaseId.TryParse(texts[index], out var id))
            {
                throw RequestException.Malformed($"databases[{index}] must be a database's UUID");
            }

            if (engine.FindDatabase(id) is not { } database || (account is not null && database.Account != account))
            {
                throw RequestException.DatabaseNotFound(id.ToString());
            }

            ids.Add(id);
        }

        return ids;
    }

    private DateTimeOffset? ExpiryOf(CreateTokenBody body) =>
        body.ExpiresAt is null || body.ExpiresAt > options.TimeProvider.GetUtcNow()
            ? body.ExpiresAt
            : throw RequestException.Malformed("expires_at must be in the future");

    private static TokenInfo Describe(TokenRecord record) => new()
    {
        Id = record.Id,
        Name = record.Name,
        Account = record.Account,
        Databases = [.. record.Databases.Select(id => id.ToString())],
        Permission = PermissionWord(record.Permission),
        CreatedAt = record.CreatedAt,
        ExpiresAt = record.ExpiresAt,
    };
}
