using System.Globalization;
using Shoal.Engine.Requests;
using Shoal.Engine.Storage;
using Shoal.Protocol;
using Shoal.Sqlite;
using Shoal.Sqlite.Connections;

namespace Shoal.Engine.Databases;

/// <summary>Turns what SQLite says into the engine's errors, with D1's texts. The one place that does.</summary>
internal static class SqlErrors
{
    public const string TransactionRefused =
        "To execute a transaction, please use the state.storage.transaction() or "
        + "state.storage.transactionSync() APIs instead of the SQL BEGIN TRANSACTION or SAVEPOINT statements. "
        + "The JavaScript API is safer because it will automatically roll back on exceptions, and because it "
        + "interacts correctly with Durable Objects' automatic atomic write coalescing.";

    public const string NoStatements = "No SQL statements detected.";
    public const string DatabaseTooLarge = "Exceeded maximum DB size";
    public const string OnlySemicolon = "SQL code did not contain a statement.";
    public const string WrongParameterCount = "Wrong number of parameter bindings for SQL query.";

    public const string ParametersBeforeLast =
        "When executing multiple SQL statements in a single call, only the last statement can have parameters.";

    /// <summary>A rule of D1 that SQLite does not know.</summary>
    public static SqlException Rule(string message, StatementPosition position, DatabaseId id) =>
        new(message, primaryCode: 0, extendedCode: 0, offsetBytes: -1, position, id);

    /// <summary>The error a connection has just returned for a user's statement.</summary>
    public static Exception Describe(SqliteConnection connection, SqliteStatus status, StatementPosition position,
        DatabaseId id, CancellationToken cancellation)
    {
        var message = connection.ErrorMessage;
        switch (status.Primary)
        {
            case SqliteStatus.Interrupt when connection.InterruptReason == InterruptReason.Cancelled:
                return new OperationCanceledException(cancellation);
            case SqliteStatus.Interrupt when connection.InterruptReason == InterruptReason.Deadline:
                return new EngineException(EngineErrorKind.Timeout,
                    "D1 DB storage operation exceeded timeout which caused object to be reset.",
                    "Add an index or split the work; --query-timeout raises the limit.", id);
            case SqliteStatus.NoMemory when SqliteConnection.RunExcess.HasFlag(RunExcess.Memory):
                return new EngineException(EngineErrorKind.OutOfMemory,
                    "D1 DB's isolate exceeded its memory limit and was reset.",
                    "Read or change fewer rows at once; --query-memory raises the limit.", id);
            case SqliteStatus.Full when SqliteConnection.RunExcess.HasFlag(RunExcess.Temporary):
                return new EngineException(EngineErrorKind.LimitExceeded,
                    "the statement needs more temporary files than a request may have; nothing of it was applied",
                    "Sort or change fewer rows at once, or add an index; --query-temporary raises the limit.", id);
            case SqliteStatus.Full when SqliteConnection.RunExcess.HasFlag(RunExcess.Disk):
                return new EngineException(EngineErrorKind.StorageUnavailable,
                    "the disk of temporary files is full; nothing of the request was applied",
                    "Free disk space, or let SQLITE_TMPDIR name a folder of another disk.", id);
            case SqliteStatus.Full when SqliteConnection.RunExcess.HasFlag(RunExcess.Pages):
                return Sql(DatabaseTooLarge, status, offsetBytes: -1, position, id);
            case SqliteStatus.Full when DiskSpace.IsExhausted(connection.Path):
                return Storage(status, message, id);
            case SqliteStatus.InputOutput or SqliteStatus.CannotOpen or SqliteStatus.Corrupt
                or SqliteStatus.NotADatabase when status.ExtendedName != "SQLITE_CORRUPT_VTAB":
                return Storage(status, message, id);
            default:
                return Sql(message, status, connection.ErrorOffsetBytes, position, id);
        }
    }

    /// <summary>A request has waited for its turn as long as it may.</summary>
    public static EngineException QueuedTooLong(DatabaseId id) => new(EngineErrorKind.Overloaded,
        "D1 DB is overloaded. Requests queued for too long.", "Send fewer requests at once, or make them shorter.", id);

    /// <summary>A checkpoint was refused; all commits are where they were.</summary>
    public static EngineException Checkpoint(SqliteStatus status, DatabaseId id) => new(EngineErrorKind.StorageUnavailable,
        $"the commits in the WAL of database {id} can not be copied into its file ({status})",
        "Free disk space or fix the file system; the next checkpoint tries again.", id);

    /// <summary>A deferred foreign key is still violated at the end of a request.</summary>
    public static SqlException ForeignKey(StatementPosition position, DatabaseId id) =>
        Sql("FOREIGN KEY constraint failed", new SqliteStatus(SqliteStatus.ConstraintForeignKey), offsetBytes: -1,
            position, id);

    /// <summary>An SQL error in D1's form.</summary>
    public static SqlException Sql(string message, SqliteStatus status, int offsetBytes, StatementPosition position,
        DatabaseId id)
    {
        var at = offsetBytes >= 0 ? string.Create(CultureInfo.InvariantCulture, $" at offset {offsetBytes}") : "";
        var extended = status.ExtendedName is { } name ? $" (extended: {name})" : "";
        return new SqlException($"{message}{at}: {status.PrimaryName}{extended}", status.Primary, status.Code,
            offsetBytes, position, id);
    }

    /// <summary>The file or the disk is at fault.</summary>
    public static EngineException Storage(SqliteStatus status, string message, DatabaseId id) => status.Primary switch
    {
        SqliteStatus.Corrupt or SqliteStatus.NotADatabase when id == Catalog.DatabaseCatalog.Id => new EngineException(
            EngineErrorKind.Corruption, $"the catalog, catalog.sqlite in the data folder, is damaged: {message} ({status})",
            "See all of it with 'shoal doctor DATA', then restore the data folder from a backup."),
        SqliteStatus.Full => new EngineException(
            EngineErrorKind.StorageUnavailable, $"the disk is full; nothing of the request was applied ({status})",
            "Free disk space, then send it again.", id),
        SqliteStatus.Corrupt or SqliteStatus.NotADatabase => new EngineException(
            EngineErrorKind.Corruption, $"the database file is damaged: {message} ({status})",
            "Restore the database from an export or a backup.", id),
        _ => new EngineException(
            EngineErrorKind.StorageUnavailable, $"the file system refused: {message} ({status})",
            "Free disk space or fix the file system, then try again.", id),
    };
}
