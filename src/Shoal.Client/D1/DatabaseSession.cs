namespace Shoal.Client.D1;

/// <summary>A sequence of requests to one database that never reads older than it has seen.</summary>
/// <remarks>
/// Thread: safe. Over HTTP to a Shoal server and in process every reply tells how far the database is. Cloudflare's REST API
/// knows no sessions: there every request is served by the primary, and <see cref="Bookmark"/> stays what it was.
/// </remarks>
public sealed class DatabaseSession
{
    private readonly Database _database;
    private readonly SessionState _state;

    internal DatabaseSession(Database database, string start)
    {
        _database = database;
        _state = new SessionState(start);
    }

    /// <summary>
    /// The newest state that this session has seen, to go on from elsewhere with <see cref="Database.WithSession"/>; null
    /// before the first reply.
    /// </summary>
    public string? Bookmark => _state.Bookmark;

    /// <summary>A statement to bind and run in this session. Sends nothing.</summary>
    public Statement Prepare(string sql) => _database.Prepare(sql, new RequestScope(_state));

    /// <summary>Runs statements in one transaction: all of them, or none.</summary>
    /// <returns>One result per statement, in order.</returns>
    public Task<IReadOnlyList<StatementResult>> BatchAsync(params IReadOnlyList<Statement> statements) =>
        BatchAsync(statements, CancellationToken.None);

    /// <summary>Runs statements in one transaction: all of them, or none.</summary>
    public Task<IReadOnlyList<StatementResult>> BatchAsync(IReadOnlyList<Statement> statements,
        CancellationToken cancellation) => _database.BatchAsync(statements, new RequestScope(_state), cancellation);
}
