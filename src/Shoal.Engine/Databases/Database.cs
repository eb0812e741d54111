using System.Diagnostics;
using System.Runtime.ExceptionServices;
using Shoal.Engine.Log;
using Shoal.Engine.Requests;
using Shoal.Engine.Storage;
using Shoal.Engine.Work;
using Shoal.Protocol;
using Shoal.Sqlite;
using Shoal.Sqlite.Connections;

namespace Shoal.Engine.Databases;

/// <summary>One open database: its writer, its readers, and the decision which of them serves a request.</summary>
/// <remarks>Thread: safe for any. The host keeps it alive while somebody uses it.</remarks>
internal sealed class Database : IDisposable
{
    private readonly ReaderPool _readers;
    private readonly SlowLane _lane;
    private readonly RecentUse _use = new();
    private readonly EngineLimits _limits;
    private long _sizeBytes = -1;

    public Database(DatabaseId id, string path, EngineLimits limits, EngineMetrics metrics, DurableStore? store,
        FreeSpaceGuard space, CommitClock clock, SlowLane lane)
    {
        _lane = lane;
        _limits = limits;
        Clock = clock;
        Durability = store is null ? DurabilityMode.Sqlite : DurabilityMode.Log;
        Gate = new OutputGate(store?.Log);
        Id = id;
        Path = path;
        Writer = new DatabaseWriter(id, path, limits, metrics, store, Gate, space, clock, lane);
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
        _lane.Seen(this);
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
    public Task<T> ReadAsync<T>(Func<DatabaseConnection, T> work, CancellationToken cancellation) =>
        ReadAsync(work, isLong: false, cancellation);

    private async Task<T> ReadAsync<T>(Func<DatabaseConnection, T> work, bool isLong, CancellationToken cancellation)
    {
        var reader = await _readers.RentAsync(cancellation).ConfigureAwait(false);
        T result;
        try
        {
            result = isLong ? await OwnThread.RunAsync(() => work(reader), cancellation).ConfigureAwait(false) : work(reader);
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

    /// <summary>Reads a snapshot of which it is known which commit it is, on a thread of its own.</summary>
    /// <remarks>The writer is held only until the reader has begun. What was read is durable when the task completes.</remarks>
    /// <param name="mark">Called while nobody writes and the snapshot is taken: says which commit it is.</param>
    /// <param name="read">Gets the snapshot and what <paramref name="mark"/> said.</param>
    /// <param name="cancellation">Ends the wait for the writer and for a reader.</param>
    public async Task<T> ReadCommitAsync<TCommit, T>(
        Func<TCommit> mark, Func<SqliteConnection, TCommit, T> read, CancellationToken cancellation)
    {
        var lease = await Writer.AcquireAsync(cancellation).ConfigureAwait(false);
        try
        {
            return await ReadAsync(ReadMarked, isLong: true, cancellation).ConfigureAwait(false);
        }
        finally
        {
            lease.Dispose();
        }

        T ReadMarked(DatabaseConnection connection)
        {
            var native = connection.Native;
            native.Execute("BEGIN");
            try
            {
                _ = native.QueryInteger("SELECT count(*) FROM sqlite_schema");
                var commit = mark();
                lease.Dispose();
                return read(native, commit);
            }
            finally
            {
                native.EndRead();
            }
        }
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
        if (Writer.LongRuns.Contains(request) && _lane.HasOthers)
        {
            return ReadSlowlyAsync(reader, request, sink, cancellation);
        }

        var status = RunStatus.Failed;
        Exception? error;
        var started = Stopwatch.GetTimestamp();
        try
        {
            status = RunOn(reader, request, sink, _lane.Outside(started, _use.IsOverAt(started)), cancellation, out error);
        }
        catch (SqliteException failure)
        {
            error = SqlErrors.Storage(failure.Status, failure.Message, Id);
        }
        finally
        {
            _use.Add(started, Stopwatch.GetTimestamp());
            if (status != RunStatus.Yielded)
            {
                _readers.Return(reader);
            }
        }

        if (status == RunStatus.Yielded)
        {
            Writer.LongRuns.Add(request);
            sink.Reset();
            return ReadSlowlyAsync(reader, request, sink, cancellation);
        }

        return Finish(status, error, request, sink, cancellation);
    }

    /// <summary>Runs a read in the slow lane. Who leaves, or has waited too long, before it begins is let go at once.</summary>
    private async ValueTask ReadSlowlyAsync(DatabaseConnection reader, SqlRequest request, IResultSink sink,
        CancellationToken cancellation)
    {
        // The request's continuation writes a reply; it must not run at low priority.
        var done = new TaskCompletionSource<(RunStatus Status, Exception? Error)>(
            TaskCreationOptions.RunContinuationsAsynchronously);
        (RunStatus Status, Exception? Error) result;
        try
        {
            var work = new LaneWork(Id, () => done.TrySetResult(RunInLane(reader, request, sink, cancellation)));
            using var overdue = new CancellationTokenSource(_limits.QueryTimeout);
            using var gone = cancellation.UnsafeRegister(_ => GiveUp(new OperationCanceledException(cancellation)), state: null);
            using var late = overdue.Token.UnsafeRegister(_ => GiveUp(SqlErrors.QueuedTooLong(Id)), state: null);
            _lane.Enqueue(work);
            if (cancellation.IsCancellationRequested)
            {
                GiveUp(new OperationCanceledException(cancellation));
            }

            result = await done.Task.ConfigureAwait(false);

            void GiveUp(Exception reason)
            {
                if (_lane.TryWithdraw(work))
                {
                    done.TrySetResult((RunStatus.Failed, reason));
                }
            }
        }
        finally
        {
            _readers.Return(reader);
        }

        await Finish(result.Status, result.Error, request, sink, cancellation).ConfigureAwait(false);
    }

    private (RunStatus Status, Exception? Error) RunInLane(DatabaseConnection reader, SqlRequest request, IResultSink sink,
        CancellationToken cancellation)
    {
        var started = Stopwatch.GetTimestamp();
        try
        {
            var status = RunOn(reader, request, sink, _lane.Inside, cancellation, out var error);
            if (!_lane.TookLong(started, _use.IsOverAt(Stopwatch.GetTimestamp())))
            {
                Writer.LongRuns.Remove(LongRuns.MarkOf(request));
            }

            return (status, error);
        }
        catch (SqliteException failure)
        {
            return (RunStatus.Failed, SqlErrors.Storage(failure.Status, failure.Message, Id));
        }
#pragma warning disable CA1031 // a boundary: what a sink throws is for the request's caller, not for the lane's thread
        catch (Exception failure)
#pragma warning restore CA1031
        {
            return (RunStatus.Failed, failure);
        }
    }

    private ValueTask Finish(RunStatus status, Exception? error, SqlRequest request, IResultSink sink,
        CancellationToken cancellation)
    {
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
        in RunPace pace, CancellationToken cancellation, out Exception? error)
    {
        // One statement is its own snapshot; several need a transaction to see the same one.
        var semicolon = request.Items[0].Sql.Span.IndexOf((byte)';');
        var several = request.Items.Count > 1 || (semicolon >= 0 && semicolon < request.Items[0].Sql.Length - 1);
        var sizeUnknown = Writer.SizeBytes < 0 && _sizeBytes < 0;
        if (!several && !sizeUnknown)
        {
            reader.SetReaderView(Writer.LastRowId, Writer.SizeBytes < 0 ? _sizeBytes : Writer.SizeBytes);
            return reader.Run(request, sink, pace, cancellation, out error);
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
            return reader.Run(request, sink, pace, cancellation, out error);
        }
        finally
        {
            reader.Native.EndRead();
        }
    }
}
