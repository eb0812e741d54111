using Shoal.Engine.Catalog;
using Shoal.Engine.Databases;
using Shoal.Engine.Requests;
using Shoal.Engine.Transfer;
using Shoal.Protocol;

namespace Shoal.Engine;

/// <summary>Hosts the databases of one data folder.</summary>
/// <remarks>Thread: safe for any. Owns: the data folder, from <see cref="OpenAsync"/> to disposal.</remarks>
public sealed class DatabaseEngine : IAsyncDisposable
{
    /// <summary>Opens a data folder, creating it when missing.</summary>
    /// <exception cref="EngineException">The folder is in use, damaged or of a newer version.</exception>
    public static Task<DatabaseEngine> OpenAsync(EngineOptions options, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();

    /// <summary>The API tokens of this data folder.</summary>
    public TokenStore Tokens => throw new NotSupportedException();

    /// <summary>Creates an empty database; durable when the task completes.</summary>
    /// <exception cref="EngineException">The name is taken or invalid, or a limit is reached.</exception>
    public Task<DatabaseRecord> CreateDatabaseAsync(NewDatabase request, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();

    /// <summary>A database of an account by id or by name; null when there is none. No I/O.</summary>
    public DatabaseRecord? FindDatabase(string account, string idOrName) => throw new NotSupportedException();

    /// <summary>A database by id; null when there is none. No I/O.</summary>
    public DatabaseRecord? FindDatabase(DatabaseId id) => throw new NotSupportedException();

    /// <summary>Databases of an account, oldest first. No I/O.</summary>
    /// <param name="account">The account.</param>
    /// <param name="nameContains">Part of the name, in any case; null or empty for all.</param>
    /// <param name="page">From 1. A page past the end is empty.</param>
    /// <param name="perPage">At least 1.</param>
    public DatabasePage ListDatabases(string account, string? nameContains, int page, int perPage) =>
        throw new NotSupportedException();

    /// <summary>Accounts that own at least one database, sorted. No I/O.</summary>
    public IReadOnlyList<string> ListAccounts() => throw new NotSupportedException();

    /// <summary>Changes what may change after creation.</summary>
    public Task<DatabaseRecord> UpdateDatabaseAsync(DatabaseId id, string readReplication,
        CancellationToken cancellationToken = default) => throw new NotSupportedException();

    /// <summary>Deletes a database and its files for good. Requests that run are finished first.</summary>
    public Task DeleteDatabaseAsync(DatabaseId id, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();

    /// <summary>Size and number of tables.</summary>
    public Task<DatabaseStatistics> GetStatisticsAsync(DatabaseId id, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();

    /// <summary>Runs a request in one transaction; its effects are durable when the task completes.</summary>
    /// <exception cref="SqlException">A statement failed; nothing was applied.</exception>
    /// <exception cref="EngineException">The database is unknown, overloaded, damaged, or the request timed out.</exception>
    public ValueTask ExecuteAsync(DatabaseId id, SqlRequest request, IResultSink sink,
        CancellationToken cancellationToken = default) => throw new NotSupportedException();

    /// <summary>Runs SQL text of any length (UTF-8) in one transaction: all of it is applied, or nothing.</summary>
    /// <remarks>
    /// BEGIN, COMMIT and the shell's <c>_cf_KV</c> leftovers are skipped; <c>PRAGMA foreign_keys=OFF</c> holds until the end
    /// of the import. Cost: bounded memory.
    /// </remarks>
    public Task<ImportResult> ImportSqlAsync(DatabaseId id, Stream sql, IProgress<TransferProgress>? progress = null,
        CancellationToken cancellationToken = default) => throw new NotSupportedException();

    /// <summary>Inserts the rows of a CSV text (UTF-8) in one transaction. Cost: bounded memory.</summary>
    public Task<ImportResult> ImportCsvAsync(DatabaseId id, Stream csv, CsvImportOptions options,
        IProgress<TransferProgress>? progress = null, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();

    /// <summary>Copies schema and rows of an SQLite database file into a database, in one transaction.</summary>
    public Task<ImportResult> ImportSqliteAsync(DatabaseId id, string path, IProgress<TransferProgress>? progress = null,
        CancellationToken cancellationToken = default) => throw new NotSupportedException();

    /// <summary>Writes the database as SQL text (UTF-8), from one snapshot; other requests go on.</summary>
    public Task ExportSqlAsync(DatabaseId id, Stream output, ExportOptions options,
        IProgress<TransferProgress>? progress = null, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();

    /// <summary>Writes one table as CSV with a header line, from one snapshot.</summary>
    public Task ExportCsvAsync(DatabaseId id, Stream output, string table, IProgress<TransferProgress>? progress = null,
        CancellationToken cancellationToken = default) => throw new NotSupportedException();

    /// <summary>Writes the database as an SQLite file at a path that must not exist, from one snapshot.</summary>
    public Task ExportSqliteAsync(DatabaseId id, string path, IProgress<TransferProgress>? progress = null,
        CancellationToken cancellationToken = default) => throw new NotSupportedException();

    /// <summary>Finishes what runs, checkpoints and closes every database and frees the data folder.</summary>
    public ValueTask DisposeAsync() => throw new NotSupportedException();
}
