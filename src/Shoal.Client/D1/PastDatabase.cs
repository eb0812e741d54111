namespace Shoal.Client.D1;

/// <summary>What a database was at one moment, to be read. The database itself goes on as it is.</summary>
/// <remarks>
/// Thread: safe. The first request of a moment waits until the state is put together; requests after it share that, until nobody
/// has asked for a while. Errors: <see cref="ShoalException"/> of all methods that send,
/// <see cref="ShoalErrorKind.InvalidRequest"/> where a statement writes, where history does not have the state, and at
/// Cloudflare, which has no such queries.
/// </remarks>
public sealed class PastDatabase
{
    private readonly Database _database;

    internal PastDatabase(Database database, string moment)
    {
        _database = database;
        Moment = moment;
    }

    /// <summary>The moment: a time in ISO 8601, a bookmark, or the name of one.</summary>
    public string Moment { get; }

    /// <summary>A statement that only reads, to bind and run. Sends nothing.</summary>
    public Statement Prepare(string sql) => _database.Prepare(sql, new RequestScope(Session: null, Moment));

    /// <summary>Runs statements that only read in one request.</summary>
    /// <returns>One result per statement, in order.</returns>
    public Task<IReadOnlyList<StatementResult>> BatchAsync(params IReadOnlyList<Statement> statements) =>
        BatchAsync(statements, CancellationToken.None);

    /// <summary>Runs statements that only read in one request.</summary>
    public Task<IReadOnlyList<StatementResult>> BatchAsync(IReadOnlyList<Statement> statements, CancellationToken cancellation) =>
        _database.BatchAsync(statements, new RequestScope(Session: null, Moment), cancellation);

    /// <inheritdoc/>
    public override string ToString() => $"{_database.Name} as of {Moment}";
}
