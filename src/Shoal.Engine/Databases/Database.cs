using System.Runtime.ExceptionServices;
using Shoal.Engine.Log;
using Shoal.Engine.Requests;
using Shoal.Engine.Storage;
using Shoal.Engine.Work;
using Shoal.Protocol;
using Shoal.Sqlite;

namespace Shoal.Engine.Databases;

/// <summary>One open database: its writer, its readers, and the decision which of them serves a request.</summary>
/// <remarks>Thread: safe for any. The host keeps it alive while somebody uses it.</remarks>
internal sealed class Database : IDisposable
{
    private readonly ReaderPool _readers;
    private long _sizeBytes = -1;

    public Database(DatabaseId id, string path, EngineLimits limits, EngineMetrics metrics, DurableStore? store,
        FreeSpaceGuard space, CommitClock clock)
    {
        Clock = clock;
        Durability = store is null ? DurabilityMode.Sqlite : DurabilityMode.Log;
        Gate = new OutputGate(store?.Log);
        Id = id;
        Path = path;
        Writer = new DatabaseWriter(id, path, limits, metrics, store, Gate, space, clock);
        _readers = new ReaderPool(id, path, limits, Durability);
    }

    public DatabaseId Id { get; }

    public string Path { get; }

    public DatabaseWriter Writer { get; }

    public DurabilityMode Durability { get; }

    /// <summary>Tells how far it is.</summary>
    public CommitClock Clock { get; }

    /// <summary>Requests that wait for a reader.</summary>
    public int WaitingReadCount => _readers.WaitingCount;

    /// <summary>Holds answers until what they show is durable.</summary>
    public OutputGate Gate { get; }

    /// <summary>Runs a request: on a reader when it only reads, otherwise on the writer.</summary>
    public ValueTask ExecuteAsync(SqlRequest request, IResultSink sink, CancellationToken cancellation)
    {
        if (!SqlText.MayBeRead(request.Items[0].Sql.Span))
        {
            return new ValueTask(Writer.ExecuteAsync(request, sink, cancellation));
        }

        var rent = _readers.RentAsync(cancellation);
        return rent.IsCompletedSuccessfully
            ? Read(rent.Result, request, sink, cancellation)
            : ReadLater(rent, request, sink, cancellation);
    }

    /// <summary>Lends a reader connection to work that is not a request, such as statistics.</summary>
    public async Task<T> ReadAsync<T>(Func<DatabaseConnection, T> work, CancellationToken cancellation)
    {
        var reader = await _readers.RentAsync(cancellation).ConfigureAwait(false);
        T result;
        try
        {
            result = work(reader);
        }
        catch (SqliteException error)
        {
            throw SqlErrors.Storage(error.Status, error.Message, Id);
        }
        finally
        {
            _readers.Return(reader);
        }

        await Gate.WaitAsync().ConfigureAwait(false);
        return result;
    }

    /// <summary>Runs work on a reader's snapshot.</summary>
    public async Task ReadAsync(IDatabaseWork work, CancellationToken cancellation)
    {
        var reader = await _readers.RentAsync(cancellation).ConfigureAwait(false);
        ExceptionDispatchInfo? error = null;
        try
        {
            reader.ReadWork(work, cancellation);
        }
        catch (SqliteException failure)
        {
            error = ExceptionDispatchInfo.Capture(SqlErrors.Storage(failure.Status, failure.Message, Id));
        }
        catch (EngineException failure)
        {
            // It may tell of data too, so it waits as a result does.
            error = ExceptionDispatchInfo.Capture(failure);
        }
        finally
        {
            _readers.Return(reader);
        }

        await Gate.WaitAsync().ConfigureAwait(false);
        error?.Throw();
    }

    /// <summary>Frees what can be had again.</summary>
    public void ReleaseMemory()
    {
        _readers.ReleaseMemory();
        Writer.ReleaseMemory();
    }

    /// <summary>Checkpoints and closes. Nobody may be using the database.</summary>
    public void Dispose()
    {
        _readers.Dispose();
        Writer.Dispose();
    }

    private async ValueTask ReadLater(ValueTask<DatabaseConnection> rent, SqlRequest request, IResultSink sink,
        CancellationToken cancellation) =>
        await Read(await rent.ConfigureAwait(false), request, sink, cancellation).ConfigureAwait(false);

    private ValueTask Read(DatabaseConnection reader, SqlRequest request, IResultSink sink,
        CancellationToken cancellation)
    {
        RunStatus status;
        Exception? error;
        try
        {
            status = RunOn(reader, request, sink, cancellation, out error);
        }
        catch (SqliteException failure)
        {
            status = RunStatus.Failed;
            error = SqlErrors.Storage(failure.Status, failure.Message, Id);
        }
        finally
        {
            _readers.Return(reader);
        }

        switch (status)
        {
            case RunStatus.Completed:
                // Step 7 holds for reads too: what they saw must be durable before anyone hears of it.
                return Gate.WaitAsync();
            case RunStatus.NeedsWriter:
                sink.Reset();
                return new ValueTask(Writer.ExecuteAsync(request, sink, cancellation));
            default:
                return FailAsync(error!);
        }
    }

    /// <summary>An error may tell of data too ("UNIQUE constraint failed").</summary>
    private async ValueTask FailAsync(Exception error)
    {
        await Gate.WaitAsync().ConfigureAwait(false);
        ExceptionDispatchInfo.Throw(error);
    }

    private RunStatus RunOn(DatabaseConnection reader, SqlRequest request, IResultSink sink,
        CancellationToken cancellation, out Exception? error)
    {
        // One statement is its own snapshot; several need a transaction to see the same one.
        var semicolon = request.Items[0].Sql.Span.IndexOf((byte)';');
        var several = request.Items.Count > 1 || (semicolon >= 0 && semicolon < request.Items[0].Sql.Length - 1);
        var sizeUnknown = Writer.SizeBytes < 0 && _sizeBytes < 0;
        if (!several && !sizeUnknown)
        {
            reader.SetReaderView(Writer.LastRowId, Writer.SizeBytes < 0 ? _sizeBytes : Writer.SizeBytes);
            return reader.Run(request, sink, cancellation, out error);
        }

        reader.Native.Execute("BEGIN");
        try
        {
            if (sizeUnknown)
            {
                _ = reader.Native.QueryInteger("SELECT count(*) FROM sqlite_schema LIMIT 1");
                _sizeBytes = reader.Native.GetSize().UsedBytes;
            }

            reader.SetReaderView(Writer.LastRowId, Writer.SizeBytes < 0 ? _sizeBytes : Writer.SizeBytes);
            return reader.Run(request, sink, cancellation, out error);
        }
        finally
        {
            reader.Native.EndRead();
        }
    }
}
