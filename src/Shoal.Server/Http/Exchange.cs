using Microsoft.AspNetCore.Http;
using Shoal.Engine.Catalog;

namespace Shoal.Server.Http;

/// <summary>One request on its way through the server, with what the router has found out about it.</summary>
internal sealed class Exchange(HttpContext http, string path, in RouteMatch match)
{
    private readonly RouteMatch _match = match;
    private TokenRecord? _caller;
    private DatabaseRecord? _database;

    public HttpContext Http { get; } = http;

    public Route Route => _match.Route!;

    public ReadOnlySpan<char> AccountText => path.AsSpan(_match.Account);

    public ReadOnlySpan<char> DatabaseText => path.AsSpan(_match.Database);

    public bool HasAccount => !_match.Account.Equals(default);

    public bool HasDatabase => !_match.Database.Equals(default);

    public bool HasItem => !_match.Item.Equals(default);

    /// <summary>What stands in the path at <c>{item}</c>.</summary>
    public string Item => path[_match.Item];

    /// <summary>The account of the path.</summary>
    public string Account => _database is null ? AccountText.ToString() : _database.Account;

    /// <summary>Whose token the request carries. Not on open routes.</summary>
    public TokenRecord Caller
    {
        get => _caller ?? throw new InvalidOperationException("An open route has no caller.");
        set => _caller = value;
    }

    /// <summary>The database of the path. Only on routes that name one.</summary>
    public DatabaseRecord Database
    {
        get => _database ?? throw new InvalidOperationException("The route names no database.");
        set => _database = value;
    }

    /// <summary>How a failure is written; the route's way unless a handler learns of another.</summary>
    public FailureShape Failure { get; set; } = match.Route?.Failure ?? FailureShape.Envelope;

    /// <summary>Fires when the client is gone.</summary>
    public CancellationToken Aborted => Http.RequestAborted;
}
