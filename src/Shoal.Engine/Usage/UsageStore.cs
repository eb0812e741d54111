using Shoal.Engine.Catalog;
using Shoal.Engine.Databases;
using Shoal.Engine.Requests;
using Shoal.Engine.Storage;
using Shoal.Protocol;
using Shoal.Sqlite.Vfs;

namespace Shoal.Engine.Usage;

/// <summary>Remembers what databases, tokens and statements cost, by the hour, for 30 days.</summary>
/// <remarks>
/// Shape: a database of the engine, so what is written is as durable as any commit; its file is made by the first write.
/// Thread: safe for any; writes are serialized. Cost: <see cref="WriteAsync"/> is one commit per batch.
/// </remarks>
public sealed class UsageStore : IDisposable
{
    /// <summary>The usage database's own identity; no user database can have it.</summary>
    public static readonly DatabaseId Id = new(new Guid(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1));

    private readonly DatabaseHost _host;
    private readonly DataFolder _folder;
    private readonly UsageRetention _retention;
    private readonly SemaphoreSlim _turn = new(1);
    private bool _hasTables;

    internal UsageStore(DatabaseHost host, DataFolder folder, UsageLimits limits)
    {
        _host = host;
        _folder = folder;
        Limits = limits;
        _retention = new UsageRetention(this, limits);
    }

    /// <summary>Bounds.</summary>
    public UsageLimits Limits { get; }

    /// <summary>Whether anything was ever written.</summary>
    private bool Exists => File.Exists(_folder.DatabasePath(Id));

    /// <summary>Adds usage; durable when the task completes.</summary>
    /// <param name="requests">By token. Names the databases that <paramref name="statements"/> mention.</param>
    /// <param name="statements">By statement.</param>
    /// <param name="cancellationToken">Gives up before the write begins.</param>
    /// <exception cref="EngineException">The usage database cannot be written.</exception>
    public async Task WriteAsync(IReadOnlyList<RequestUsage> requests, IReadOnlyList<StatementUsage> statements,
        CancellationToken cancellationToken = default)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await PrepareAsync().ConfigureAwait(false);
            var mayAddTexts = (await RunAsync("SELECT count(*) FROM statements").ConfigureAwait(false))[0][0].AsInteger
                < Limits.StatementTextsMax;
            await RunAsync(UsageBatch.Of(requests, statements, mayAddTexts, Limits.StatementsPerBucketMax)).ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>What was written, grouped and summed.</summary>
    public async Task<IReadOnlyList<UsageRow>> ReadAsync(UsageQuery query, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Exists && query.Databases is not { Count: 0 }
            ? UsageReader.Read(query, await RunReadyAsync(UsageReader.Statement(query)).ConfigureAwait(false))
            : [];
    }

    /// <summary>
    /// Sizes of databases, oldest first: a row whenever a size changed, and of each database the last one before
    /// <see cref="UsageQuery.From"/>.
    /// </summary>
    /// <param name="query">What is asked for; sizes are neither grouped, ordered nor cut.</param>
    /// <param name="cancellationToken">Gives up before the read begins.</param>
    public async Task<IReadOnlyList<StorageRow>> ReadStorageAsync(UsageQuery query, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Exists && query.Databases is not { Count: 0 }
            ? UsageReader.ReadStorage(await RunReadyAsync(UsageReader.StorageStatement(query)).ConfigureAwait(false))
            : [];
    }

    /// <summary>A database is gone: its statements are forgotten; what it cost its account until now stays.</summary>
    public async Task ForgetStatementsAsync(DatabaseId id, DateTimeOffset now, CancellationToken cancellationToken = default)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (Exists)
            {
                await PrepareAsync().ConfigureAwait(false);
                await RunAsync([.. UsageRetention.Forget(id, now)]).ConfigureAwait(false);
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Drops what is too old, or puts it together while there is too much.</summary>
    /// <param name="now">The time. A clock that is wrong costs at most one day of usage per call.</param>
    /// <param name="cancellationToken">Gives up before the work begins.</param>
    public async Task TrimAsync(DateTimeOffset now, CancellationToken cancellationToken = default)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (Exists)
            {
                await PrepareAsync().ConfigureAwait(false);
                await _retention.RunAsync(now).ConfigureAwait(false);
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _turn.Dispose();

    /// <summary>Runs trusted statements on the usage database in one commit; gives the rows of the last.</summary>
    internal Task<IReadOnlyList<SqlValue[]>> RunAsync(string sql, params SqlValue[] parameters) =>
        RunAsync([new SqlBatchItem(sql, parameters)]);

    /// <inheritdoc cref="RunAsync(string, SqlValue[])"/>
    internal async Task<IReadOnlyList<SqlValue[]>> RunAsync(IReadOnlyList<SqlBatchItem> items)
    {
        var results = await ResultsAsync(items).ConfigureAwait(false);
        return results.Rows;
    }

    /// <summary>Bytes that the usage database takes.</summary>
    internal async Task<long> SizeBytesAsync()
    {
        // Any write tells the size; this one changes nothing.
        var results = await ResultsAsync([new SqlBatchItem("DELETE FROM buckets WHERE false")]).ConfigureAwait(false);
        return results.Results[^1].Meta.SizeAfterBytes;
    }

    private async Task<ResultCollector> ResultsAsync(IReadOnlyList<SqlBatchItem> items)
    {
        var results = new ResultCollector();
        var database = await _host.AcquireAsync(Id, CancellationToken.None).ConfigureAwait(false);
        try
        {
            await database.ExecuteAsync(new SqlRequest { Items = items, Compatibility = CompatibilityLevel.Relaxed },
                results, CancellationToken.None).ConfigureAwait(false);
        }
        finally
        {
            _host.Release(database);
        }

        return results;
    }

    private async Task<IReadOnlyList<SqlValue[]>> RunReadyAsync(SqlBatchItem item)
    {
        await _turn.WaitAsync().ConfigureAwait(false);
        try
        {
            await PrepareAsync().ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }

        return await RunAsync([item]).ConfigureAwait(false);
    }

    private async Task PrepareAsync()
    {
        if (_hasTables)
        {
            return;
        }

        if (!Exists)
        {
            CreateFile(_folder.DatabasePath(Id));
        }

        await RunAsync(UsageSchema.Tables).ConfigureAwait(false);
        _hasTables = true;
    }

    /// <summary>Under another name first: a crash half-way must not leave a file that is no database.</summary>
    private static void CreateFile(string path)
    {
        try
        {
            var unfinished = path + ".new";
            if (File.Exists(unfinished))
            {
                File.Delete(unfinished);
            }

            DataFolder.CreateDatabaseFile(Id, unfinished);
            File.Move(unfinished, path);
            DirectorySync.Flush(Path.GetDirectoryName(path)!);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new EngineException(EngineErrorKind.StorageUnavailable,
                $"the usage database can not be created: {error.Message}", "Free disk space, or fix the folder's permissions.",
                innerException: error);
        }
    }
}
