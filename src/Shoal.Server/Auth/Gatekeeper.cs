using System.Buffers;
using System.Diagnostics;
using System.Text;
using Shoal.Engine;
using Shoal.Engine.Catalog;
using Shoal.Protocol;
using Shoal.Server.Http;

namespace Shoal.Server.Auth;

/// <summary>Decides for every request, before its handler runs, whose it is and whether it may go on.</summary>
/// <remarks>
/// A token confined to some databases is told "not yours" for every other id or name, existing or not, so it cannot find out
/// what exists.
/// </remarks>
internal sealed class Gatekeeper(DatabaseEngine engine, DevelopmentToken? developmentToken)
{
    /// <summary>Ours have 49 characters; what is longer than this is not one and is not hashed.</summary>
    private const int SecretCharsMax = 512;

    private static readonly SearchValues<char> NameLetters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

    /// <summary>Finds caller and database of a request and checks that one reaches the other.</summary>
    /// <exception cref="RequestException">It does not.</exception>
    public void Admit(Exchange exchange)
    {
        var access = exchange.Route.Access;
        if (access == Access.Open)
        {
            return;
        }

        // Step 1: who asks, what may they do, and which database do they mean; all of it from memory.
        var caller = Identify(TokenReader.Read(exchange.Http.Request.Headers));
        exchange.Caller = caller;
        if (!Allows(caller.Permission, access) || (exchange.Route.WholeAccount && caller.Databases.Count > 0))
        {
            throw RequestException.PermissionDenied();
        }

        if (exchange.HasAccount)
        {
            AdmitToAccount(exchange, caller);
        }

        if (exchange.HasDatabase)
        {
            exchange.Database = FindDatabase(exchange, caller);
        }
    }

    /// <summary>Whose token a secret is.</summary>
    /// <exception cref="RequestException">It is empty, unknown, revoked or expired.</exception>
    public TokenRecord Identify(ReadOnlySpan<char> secret)
    {
        if (secret.IsEmpty)
        {
            throw new RequestException(RequestErrorKind.CredentialsMissing,
                "Missing X-Auth-Key, X-Auth-Email or Authorization headers");
        }

        if (secret.Length <= SecretCharsMax)
        {
            Span<byte> utf8 = stackalloc byte[SecretCharsMax * 3];
            utf8 = utf8[..Encoding.UTF8.GetBytes(secret, utf8)];
            if ((developmentToken?.Find(utf8) ?? engine.Tokens.Find(utf8)) is { } caller)
            {
                return caller;
            }
        }

        throw new RequestException(RequestErrorKind.CredentialsWrong, "Authentication error");
    }

    private static bool Allows(TokenPermission permission, Access access) => access switch
    {
        Access.Open or Access.Token or Access.Read => true,
        Access.Write => permission is TokenPermission.Write or TokenPermission.Admin,
        Access.Admin => permission is TokenPermission.Admin,
    };

    private static void AdmitToAccount(Exchange exchange, TokenRecord caller)
    {
        if (caller.Account is not null && !exchange.AccountText.SequenceEqual(caller.Account))
        {
            throw RequestException.PermissionDenied();
        }
    }

    private DatabaseRecord FindDatabase(Exchange exchange, TokenRecord caller)
    {
        Debug.Assert(exchange.HasAccount, "A path names a database only below an account.");
        var text = exchange.DatabaseText;
        var isId = Guid.TryParseExact(text, "D", out var guid);
        var found = isId
            ? engine.FindDatabase(new DatabaseId(guid))
            : engine.FindDatabase(exchange.AccountText.ToString(), text.ToString());
        if (found is not null && !exchange.AccountText.SequenceEqual(found.Account))
        {
            found = null;
        }

        if (caller.Databases.Count > 0 && (found is null || !Contains(caller.Databases, found.Id)))
        {
            throw RequestException.PermissionDenied();
        }

        return found ?? throw NotFound(exchange, isId);
    }

    private static RequestException NotFound(Exchange exchange, bool isId) =>
        isId || exchange.Route.Method == "GET" || MayBeName(exchange.DatabaseText)
            ? RequestException.DatabaseNotFound(exchange.DatabaseText.ToString())
            : new RequestException(RequestErrorKind.Malformed, "Invalid property: databaseId => Invalid uuid");

    /// <summary>D1 takes ids only and says so; here a name that nothing has is not found, as an id.</summary>
    private static bool MayBeName(ReadOnlySpan<char> text) => text.IndexOfAnyExcept(NameLetters) < 0;

    private static bool Contains(IReadOnlyList<DatabaseId> databases, DatabaseId id)
    {
        for (var index = 0; index < databases.Count; index++)
        {
            if (databases[index] == id)
            {
                return true;
            }
        }

        return false;
    }
}
