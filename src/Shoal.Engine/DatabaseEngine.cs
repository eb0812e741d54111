using Microsoft.Extensions.Logging;
using Shoal.Engine.Catalog;
using Shoal.Engine.Databases;
using Shoal.Engine.History;
using Shoal.Engine.Insights;
using Shoal.Engine.Log;
using Shoal.Engine.Requests;
using Shoal.Engine.Storage;
using Shoal.Engine.Transfer;
using Shoal.Engine.Usage;
using Shoal.Engine.Work;
using Shoal.Protocol;

namespace Shoal.Engine;

/// <summary>Hosts the databases of one data folder.</summary>
/// <remarks>Thread: safe for any. Owns: the data folder, from <see cref="OpenAsync"/> to disposal.</remarks>
public sealed class DatabaseEngine : IAsyncDisposable
{
    private readonly EngineOptions _options;
    private readonly DataFolder _folder;
    private readonly EngineMetrics _metrics;
    private readonly DatabaseHost _host;
    private readonly DatabaseCatalog _catalog;
    private readonly DurableStore? _store;
    private readonly Checkpointer? _checkpointer;
    private readonly ILogger _logger;
    private readonly uint _epoch;
    private bool _disposed;

    private DatabaseEngine(EngineOptions options, DataFolder folder, EngineMetrics metrics, DatabaseHost host,
        DatabaseCatalog catalog, TokenStore tokens, DurableStore? store, uint epoch)
    {
        _epoch = epoch;
        _store = store;
        var keeper = store is null ? null : HistoryKeeper.Start(folder, store, host, catalog, options, metrics, epoch);
        TimeTravel = new TimeTravel(keeper, catalog, host, store, folder, options, metrics, epoch);
        _checkpointer = store is null ? null : new Checkpointer(store, host, catalog, options, metrics);
        _options = options;
        _folder = folder;
        _metrics = metrics;
        _host = host;
        _catalog = catalog;
        Tokens = tokens;
        metrics.Observe(host, store?.Log);
        Usage = new UsageStore(host, folder, options.Usage);
        Audit = new AuditLog(catalog, options);
        _logger = options.LoggerFactory.CreateLogger<DatabaseEngine>();
    }

    /// <summary>The API tokens of this data folder.</summary>
    public TokenStore Tokens { get; }

    /// <summary>What databases cost; whoever meters requests writes it.</summary>
    public UsageStore Usage { get; }

    /// <summary>Takes databases back to what they were.</summary>
    public TimeTravel TimeTravel { get; }

    /// <summary>Who has done what to tokens and databases.</summary>
    public AuditLog Audit { get; }

    /// <summary>How this engine was opened.</summary>
    public EngineOptions Options => _options;

    /// <summary>Scratch folder inside the data folder; emptied when the engine opens.</summary>
    public string TemporaryFolder => _folder.TemporaryPath;

    /// <summary>Databases open now, the catalog included.</summary>
    public int OpenDatabaseCount => _host.OpenCount;

    /// <summary>Databases that may be open at once.</summary>
    public int OpenDatabasesMax => _host.OpenMax;

    /// <summary>Checkpoints every database, flushes them and shortens the log; for tests, which can not wait for a timer.</summary>
    internal Task CheckpointAsync() => _checkpointer?.RequestRoundAsync() ?? Task.CompletedTask;

    /// <summary>Opens a data folder, creating it when missing.</summary>
    /// <exception cref="EngineException">The folder is in use, damaged or of a newer version.</exception>
    public static async Task<DatabaseEngine> OpenAsync(
        EngineOptions options, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var folder = DataFolder.Open(options.DataFolder);
        var metrics = new EngineMetrics(options);
        DurableStore? store = null;
        DatabaseHost? host = null;
        DatabaseEngine? engine = null;
        try
        {
            var durability = options.Durability ?? folder.Durability;
            if (!DataFolder.IsCreated(folder.CatalogPath))
            {
                // The mode first: a catalog without it means a folder from before there was a choice.
                folder.SetDurability(durability);
                DataFolder.CreateDatabaseFile(DatabaseCatalog.Id, folder.CatalogPath);
            }

            await DurabilityChange.PrepareAsync(folder, durability, options, metrics).ConfigureAwait(false);
            store = durability != DurabilityMode.Log ? null
                : DurableStore.Open(folder, options, metrics, HistoryFolder.StartOf(folder.HistoryPath, options));
            if (!File.Exists(folder.DatabasePath(UsageStore.Id)))
            {
                // Somebody took the memory of usage away; what the log still holds of it belongs to nothing.
                store?.Forget(UsageStore.Id);
            }

            host = new DatabaseHost(folder, options, metrics, store);
            var catalog = await DatabaseCatalog.LoadAsync(host).ConfigureAwait(false);
            if (store is not null)
            {
                foreach (var (id, number) in await catalog.ListCommitNumbersAsync().ConfigureAwait(false))
                {
                    store.RememberNumber(id, number);
                }
            }

            catalog.History.IsKept = store is not null && options.History.IsOn;
            var epoch = await catalog.BeginEpochAsync(exact: store is not null).ConfigureAwait(false);
            var tokens = await TokenStore.LoadAsync(catalog, options.TimeProvider).ConfigureAwait(false);
            engine = new DatabaseEngine(options, folder, metrics, host, catalog, tokens, store, epoch);
            await engine.FinishDeletionsAsync().ConfigureAwait(false);
            await engine.TimeTravel.BeginUploadsAsync().ConfigureAwait(false);
            if (store?.Log.LiveBytes > options.Limits.LogBytesMax)
            {
                // Every start begins a segment: a process that always ends before its first checkpoint would fill the disk.
                // A log that is not full yet is checkpointed while requests are served.
                await engine.CheckpointAsync().ConfigureAwait(false);
            }

            EngineLog.EngineOpened(
                engine._logger, folder.Root, catalog.Count, host.OpenMax, Sqlite.SqliteLibrary.Version);
            return engine;
        }
        catch
        {
            if (engine is not null)
            {
                await engine.DisposeAsync().ConfigureAwait(false);
                throw;
            }

            if (host is not null)
            {
                await host.DisposeAsync().ConfigureAwait(false);
            }

            store?.Dispose();
            metrics.Dispose();
            folder.Dispose();
            throw;
        }
    }

    /// <summary>Creates an empty database; durable when the task completes.</summary>
    /// <exception cref="EngineException">The name is taken or invalid, or a limit is reached.</exception>
    public async Task<DatabaseRecord> CreateDatabaseAsync(
        NewDatabase request, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        DatabaseNames.Check(request);
        _host.Space.Check(id: null);
        var now = _options.TimeProvider.GetUtcNow();
        var record = new DatabaseRecord(DatabaseId.NewRandom(), request.Account, request.Name,
            DateTimeOffset.FromUnixTimeMilliseconds(now.ToUnixTimeMilliseconds()), request.LocationHint,
            request.Jurisdiction, request.ReadReplication);
        await _catalog.AddAsync(record, _options.Limits.DatabasesPerAccountMax,
            id => DataFolder.CreateDatabaseFile(id, _folder.DatabasePath(id))).ConfigureAwait(false);
        EngineLog.DatabaseCreated(_logger, record.Id);
        return record;
    }

    /// <summary>A database of an account by id or by name; null when there is none. No I/O.</summary>
    public DatabaseRecord? FindDatabase(string account, string idOrName) => _catalog.Find(account, idOrName);

    /// <summary>A database by id; null when there is none. No I/O.</summary>
    public DatabaseRecord? FindDatabase(DatabaseId id) => _catalog.Find(id);

    /// <summary>Databases of an account, oldest first. No I/O.</summary>
    /// <param name="account">The account.</param>
    /// <param name="nameContains">Part of the name, in any case; null or empty for all.</param>
    /// <param name="page">From 1. A page past the end is empty.</param>
    /// <param name="perPage">At least 1.</param>
    public DatabasePage ListDatabases(string account, string? nameContains, int page, int perPage)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(page, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(perPage, 1);
        return _catalog.List(account, nameContains, page, perPage);
    }

    /// <summary>Accounts that own at least one database, sorted. No I/O.</summary>
    public IReadOnlyList<string> ListAccounts() => _catalog.ListAccounts();

    /// <summary>Changes what may change after creation.</summary>
    public Task<DatabaseRecord> UpdateDatabaseAsync(DatabaseId id, string readReplication,
        CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        DatabaseNames.CheckReplication(readReplication);
        return _catalog.UpdateAsync(id, readReplication);
    }

    /// <summary>Deletes a database and its files for good. Requests that run are finished first.</summary>
    /// <exception cref="EngineException">There is no such database.</exception>
    public async Task DeleteDatabaseAsync(DatabaseId id, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        await _catalog.RemoveAsync(id).ConfigureAwait(false);
        await DeleteFilesAsync(id).ConfigureAwait(false);
        EngineLog.DatabaseDeleted(_logger, id);
    }

    /// <summary>Size and number of tables.</summary>
    /// <exception cref="EngineException">The database is unknown or damaged.</exception>
    public Task<DatabaseStatistics> GetStatisticsAsync(DatabaseId id, CancellationToken cancellationToken = default) =>
        UseAsync(id, database => database.ReadAsync(
            static connection => DatabaseStatistics.Of(connection.Native), cancellationToken), cancellationToken);

    /// <summary>What could be better about a database's statements, from what they cost in a span of time.</summary>
    /// <remarks>Cost: a copy in memory of a small database (8 MiB), of others of schema and statistics.</remarks>
    /// <exception cref="EngineException">The database is unknown or damaged.</exception>
    public async Task<IReadOnlyList<Insight>> FindInsightsAsync(DatabaseId id, DateTimeOffset from, DateTimeOffset to,
        CancellationToken cancellationToken = default)
    {
        var record = FindDatabase(id) ?? throw DatabaseCatalog.NotFound(id.ToString());
        var statements = await Usage.ReadAsync(
            new UsageQuery
            {
                Account = record.Account,
                Databases = [id],
                From = from,
                To = to,
                GroupBy = UsageGrouping.Statement,
            },
            cancellationToken).ConfigureAwait(false);
        if (statements.Count == 0)
        {
            return [];
        }

        using var copy = await UseAsync(id, database => database.ReadAsync(
            static connection => SchemaCopy.Of(connection.Native), cancellationToken), cancellationToken).ConfigureAwait(false);
        return new InsightFinder(id, statements, copy).Find(cancellationToken);
    }

    /// <summary>Runs a request in one transaction; its effects are durable when the task completes.</summary>
    /// <exception cref="SqlException">A statement failed; nothing was applied.</exception>
    /// <exception cref="EngineException">The database is unknown, overloaded, damaged, or the request timed out.</exception>
    public ValueTask ExecuteAsync(DatabaseId id, SqlRequest request, IResultSink sink,
        CancellationToken cancellationToken = default)
    {
        CheckRequest(id, request);
        var prepared = TimeTravel.PrepareAsync(id, request);
        var acquire = prepared.IsCompletedSuccessfully ? _host.AcquireAsync(id, cancellationToken)
            : AcquireAsync(prepared, id, cancellationToken);
        if (!acquire.IsCompletedSuccessfully)
        {
            return ExecuteSlowAsync(acquire, request, sink, cancellationToken);
        }

        var database = acquire.Result;
        ValueTask run;
        try
        {
            run = database.ExecuteAsync(request, sink, cancellationToken);
        }
        catch
        {
            _host.Release(database);
            throw;
        }

        if (!run.IsCompletedSuccessfully)
        {
            return ReleaseLaterAsync(run, database);
        }

        _host.Release(database);
        return ValueTask.CompletedTask;
    }

    /// <summary>Runs work on the database's writer, in a transaction; its effects are durable when the task completes.</summary>
    /// <exception cref="EngineException">The database is unknown, overloaded or damaged, or what the work has thrown.</exception>
    public Task WriteAsync(DatabaseId id, IDatabaseWork work, CancellationToken cancellationToken = default) =>
        UseAsync(id, database => database.Writer.ExecuteWorkAsync(work, cancellationToken), cancellationToken);

    /// <summary>Runs work that only reads, on a snapshot; complete when all that it saw is durable.</summary>
    /// <exception cref="EngineException">The database is unknown, overloaded or damaged, or what the work has thrown.</exception>
    public Task ReadAsync(DatabaseId id, IDatabaseWork work, CancellationToken cancellationToken = default) =>
        UseAsync(id, database => database.ReadAsync(work, cancellationToken), cancellationToken);

    /// <summary>Begins a transaction that stays open between requests; it waits for the writes before it.</summary>
    /// <exception cref="EngineException">The database is unknown or damaged, or the disk is full.</exception>
    public async Task<DatabaseTransaction> BeginAsync(DatabaseId id, CancellationToken cancellationToken = default)
    {
        CheckExists(id);
        var database = await _host.AcquireAsync(id, cancellationToken).ConfigureAwait(false);
        WriterLease? lease = null;
        try
        {
            CheckExists(id);
            database.Writer.CheckRoom();
            if (database.Writer.ExclusiveWaitingCount >= _options.Limits.WriteQueueMax
                || _store?.Log.LiveBytes > _options.Limits.LogBytesMax)
            {
                throw new EngineException(EngineErrorKind.Overloaded, "D1 DB is overloaded. Too many requests queued.",
                    "Keep transactions short, or send batches.", id);
            }

            lease = await database.Writer.AcquireAsync(cancellationToken).ConfigureAwait(false);

            // Its requests may show the commits before it, which therefore must be durable; none comes in between.
            await database.Gate.WaitAsync().ConfigureAwait(false);
            return new DatabaseTransaction(database, lease, _options, request => TimeTravel.PrepareAsync(id, request),
                () => _host.Release(database));
        }
        catch
        {
            lease?.Dispose();
            _host.Release(database);
            throw;
        }
    }

    /// <summary>
    /// How far a database is: a bookmark at least as new as all that requests completed so far have written or seen. Null when
    /// the database is gone. No I/O.
    /// </summary>
    public Bookmark? GetBookmark(DatabaseId id) =>
        _catalog.Find(id) is null ? null : Bookmark.Of(id, _epoch, _host.NumberOf(id));

    /// <summary>Runs SQL text of any length (UTF-8) in one transaction: all of it is applied, or nothing.</summary>
    /// <remarks>
    /// BEGIN, COMMIT and the shell's <c>_cf_KV</c> leftovers are skipped; <c>PRAGMA foreign_keys=OFF</c> holds until the end
    /// of the import. Cost: bounded memory.
    /// </remarks>
    public Task<ImportResult> ImportSqlAsync(DatabaseId id, Stream sql, IProgress<TransferProgress>? progress = null,
        CancellationToken cancellationToken = default) =>
        UseAsync(id, database => Transfer(database).ImportSqlAsync(sql, progress, cancellationToken), cancellationToken);

    /// <summary>Inserts the rows of a CSV text (UTF-8) in one transaction. Cost: bounded memory.</summary>
    public Task<ImportResult> ImportCsvAsync(DatabaseId id, Stream csv, CsvImportOptions options,
        IProgress<TransferProgress>? progress = null, CancellationToken cancellationToken = default) =>
        UseAsync(id, database => Transfer(database).ImportCsvAsync(csv, options, progress, cancellationToken),
            cancellationToken);

    /// <summary>Copies schema and rows of an SQLite database file into a database, in one transaction.</summary>
    public Task<ImportResult> ImportSqliteAsync(DatabaseId id, string path, IProgress<TransferProgress>? progress = null,
        CancellationToken cancellationToken = default) =>
        UseAsync(id, database => Transfer(database).ImportSqliteAsync(path, progress, cancellationToken), cancellationToken);

    /// <summary>Writes the database as SQL text (UTF-8), from one snapshot; other requests go on.</summary>
    public Task ExportSqlAsync(DatabaseId id, Stream output, ExportOptions options,
        IProgress<TransferProgress>? progress = null, CancellationToken cancellationToken = default) =>
        UseAsync(id, database => Transfer(database).ExportSqlAsync(output, options, progress, cancellationToken),
            cancellationToken);

    /// <summary>Writes one table as CSV with a header line, from one snapshot.</summary>
    public Task ExportCsvAsync(DatabaseId id, Stream output, string table, IProgress<TransferProgress>? progress = null,
        CancellationToken cancellationToken = default) =>
        UseAsync(id, database => Transfer(database).ExportCsvAsync(output, table, progress, cancellationToken),
            cancellationToken);

    /// <summary>Writes the database as an SQLite file at a path that must not exist, from one snapshot.</summary>
    public Task ExportSqliteAsync(DatabaseId id, string path, IProgress<TransferProgress>? progress = null,
        CancellationToken cancellationToken = default) =>
        UseAsync(id, database => Transfer(database).ExportSqliteAsync(path, progress, cancellationToken), cancellationToken);

    /// <summary>Finishes what runs, checkpoints and closes every database and frees the data folder.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        await TimeTravel.DisposeAsync().ConfigureAwait(false);
        if (_checkpointer is not null)
        {
            await _checkpointer.DisposeAsync().ConfigureAwait(false);
        }

        await _host.DisposeAsync().ConfigureAwait(false);
        _store?.Dispose();
        Usage.Dispose();
        _catalog.Dispose();
        _metrics.Dispose();
        _folder.Dispose();
        EngineLog.EngineClosed(_logger, _folder.Root);
    }

    /// <summary>Runs work on an open database that is kept open meanwhile.</summary>
    internal async Task<T> UseAsync<T>(DatabaseId id, Func<Database, Task<T>> work, CancellationToken cancellation)
    {
        CheckExists(id);
        var database = await _host.AcquireAsync(id, cancellation).ConfigureAwait(false);
        try
        {
            CheckExists(id);
            return await work(database).ConfigureAwait(false);
        }
        finally
        {
            _host.Release(database);
        }
    }

    private Task UseAsync(DatabaseId id, Func<Database, Task> work, CancellationToken cancellation) => UseAsync(
        id,
        async database =>
        {
            await work(database).ConfigureAwait(false);
            return true;
        },
        cancellation);

    private DatabaseTransfer Transfer(Database database) => new(database, _options.Limits);

    private void CheckExists(DatabaseId id)
    {
        if (_catalog.Find(id) is null)
        {
            throw DatabaseCatalog.NotFound(id.ToString());
        }
    }

    private void CheckRequest(DatabaseId id, SqlRequest request)
    {
        CheckExists(id);
        if (request.Items.Count == 0)
        {
            throw Databases.SqlErrors.Rule(Databases.SqlErrors.NoStatements, default, id);
        }

        if (request.Items.Count > _options.Limits.StatementsPerRequestMax)
        {
            throw new EngineException(EngineErrorKind.LimitExceeded,
                $"more than {_options.Limits.StatementsPerRequestMax} statements in one request",
                "Send them in several requests, or use import.", id);
        }
    }

    private async ValueTask<Database> AcquireAsync(ValueTask prepared, DatabaseId id, CancellationToken cancellation)
    {
        await prepared.ConfigureAwait(false);
        return await _host.AcquireAsync(id, cancellation).ConfigureAwait(false);
    }

    private async ValueTask ExecuteSlowAsync(ValueTask<Database> acquire, SqlRequest request, IResultSink sink,
        CancellationToken cancellation)
    {
        var database = await acquire.ConfigureAwait(false);
        try
        {
            // It may have been deleted while this request waited for its files.
            CheckExists(database.Id);
            await database.ExecuteAsync(request, sink, cancellation).ConfigureAwait(false);
        }
        finally
        {
            _host.Release(database);
        }
    }

    private async ValueTask ReleaseLaterAsync(ValueTask run, Database database)
    {
        try
        {
            await run.ConfigureAwait(false);
        }
        finally
        {
            _host.Release(database);
        }
    }

    private async Task DeleteFilesAsync(DatabaseId id)
    {
        await _host.CloseAsync(id, () => DataFolder.DeleteDatabaseFile(id, _folder.DatabasePath(id))).ConfigureAwait(false);
        _store?.Forget(id);
        await _catalog.ForgetDroppedAsync(id).ConfigureAwait(false);
    }

    private async Task FinishDeletionsAsync()
    {
        var dropped = await _catalog.ListDroppedAsync().ConfigureAwait(false);
        foreach (var id in dropped)
        {
            await DeleteFilesAsync(id).ConfigureAwait(false);
        }

        if (dropped.Count > 0)
        {
            EngineLog.DeletionsFinished(_logger, dropped.Count);
        }
    }
}
