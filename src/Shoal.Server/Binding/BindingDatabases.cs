using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Shoal.Engine;
using Shoal.Engine.Catalog;
using Shoal.Protocol;
using Shoal.Server.Admin;
using Shoal.Server.Http;

namespace Shoal.Server.Binding;

/// <summary>Finds the database that a binding means, and creates it when that is wanted.</summary>
/// <remarks>
/// A binding names no account: it is the token's. A token of every account means the default account when it gives a name, and
/// any account when it gives an id. As elsewhere, a token confined to databases cannot find out what else exists.
/// </remarks>
internal sealed class BindingDatabases(
    DatabaseEngine engine,
    ServerOptions options,
    AuditTrail audit,
    ILogger<BindingDatabases> logger)
{
    /// <exception cref="RequestException">The token does not reach it, or it does not exist and is not to be created.</exception>
    /// <exception cref="EngineException">It could not be created.</exception>
    public ValueTask<DatabaseRecord> FindAsync(Exchange exchange, string idOrName, bool? createOnUse)
    {
        var caller = exchange.Caller;
        if (caller.Databases.Count > 0)
        {
            return ValueTask.FromResult(FindConfined(caller, idOrName) ?? throw RequestException.PermissionDenied());
        }

        if (Find(caller, idOrName) is { } found)
        {
            return ValueTask.FromResult(found);
        }

        if (!(createOnUse ?? options.CreateOnUse) || DatabaseId.TryParse(idOrName, out _))
        {
            throw new RequestException(RequestErrorKind.NotFound,
                $"The database {RequestTarget.WithoutSecret(idOrName)} could not be found "
                + "(create it, or let the server create databases on first use: shoal serve --create-on-use)");
        }

        return caller.Permission is TokenPermission.Write or TokenPermission.Admin
            ? CreateAsync(exchange, idOrName)
            : throw RequestException.PermissionDenied();
    }

    private string AccountOf(TokenRecord caller) => caller.Account ?? options.DefaultAccount;

    private DatabaseRecord? Find(TokenRecord caller, string idOrName)
    {
        if (!DatabaseId.TryParse(idOrName, out var id))
        {
            return engine.FindDatabase(AccountOf(caller), idOrName);
        }

        var found = engine.FindDatabase(id);
        return caller.Account is null || found?.Account == caller.Account ? found : null;
    }

    private DatabaseRecord? FindConfined(TokenRecord caller, string idOrName)
    {
        var isId = DatabaseId.TryParse(idOrName, out var wanted);
        foreach (var id in caller.Databases)
        {
            if (engine.FindDatabase(id) is { } record && (isId ? id == wanted : record.Name == idOrName)
                && (caller.Account is null || record.Account == caller.Account))
            {
                return record;
            }
        }

        return null;
    }

    private async ValueTask<DatabaseRecord> CreateAsync(Exchange exchange, string name)
    {
        var caller = exchange.Caller;
        try
        {
            var record = await engine.CreateDatabaseAsync(new NewDatabase { Account = AccountOf(caller), Name = name });
            logger.DatabaseCreated(record.Id, record.Name, record.Account);
            await audit.DatabaseAsync(exchange, AuditAction.DatabaseCreated, record,
                new JsonObject { ["on_first_use"] = true });
            return record;
        }
        catch (EngineException error) when (error.Kind == EngineErrorKind.NameTaken)
        {
            // Another first use came first, and this one means the same database.
            return engine.FindDatabase(AccountOf(caller), name) ?? throw RequestException.DatabaseNotFound(name);
        }
    }
}
