using System.Collections.Concurrent;
using System.Diagnostics;
using Shoal.Engine.Catalog;
using Shoal.Engine.Log;
using Shoal.Engine.Requests;
using Shoal.Engine.Storage;
using Shoal.Engine.Work;
using Shoal.Protocol;
using Shoal.Sqlite;
using Shoal.Sqlite.Connections;
using Shoal.Sqlite.Wal;

namespace Shoal.Engine.Databases;

/// <summary>The one place where a database is written: a bounded queue, and whoever drains it.</summary>
/// <remarks>
/// There is no thread per database. The caller that finds the queue idle becomes the writer and runs at once; callers
/// that come meanwhile queue up and are committed together by the next turn, on the thread pool. Long work (imports)
/// takes the writer exclusively. Thread: <see cref="ExecuteAsync"/> for any; the rest belongs to the turn.
/// </remarks>
internal sealed class DatabaseWriter : IThreadPoolWorkItem, IDisposable
{
    private readonly DatabaseId _id;
    private readonly string _path;
    private readonly EngineLimits _limits;
    private readonly EngineMetrics _metrics;
    private readonly DurableStore? _store;
    private readonly OutputGate _gate;
    private readonly FreeSpaceGuard _space;
    private readonly CommitClock _clock;
    private readonly ConcurrentQueue<TaskCompletionSource> _exclusiveWaiters = new();
    private readonly SlowLane _lane;
    private DatabaseConnection? _connection;
    private GroupCommit? _transactions;
    private WalCapture? _capture;
    private int _active;

    /// <param name="id">The database.</param>
    /// <param name="path">Its file.</param>
    /// <param name="limits">Bounds.</param>
    /// <param name="metrics">Counts groups.</param>
    /// <param name="store">The commit log; null when SQLite itself makes commits durable.</param>
    /// <param name="gate">Told of every commit.</param>
    /// <param name="space">Says whether there is room to write.</param>
    /// <param name="clock">Told of every commit's number.</param>
    /// <param name="lane">Runs groups that take long.</param>
    public DatabaseWriter(DatabaseId id, string path, EngineLimits limits, EngineMetrics metrics, DurableStore? store,
        OutputGate gate, FreeSpaceGuard space, CommitClock clock, SlowLane lane)
    {
        _lane = lane;
        _space = space;
        _store = store;
        _gate = gate;
        _clock = clock;
        _id = id;
        _path = path;
        _limits = limits;
        _metrics = metrics;
        Queue = new WriteQueue(id, limits);
    }

    /// <summary>The database's last inserted rowid, as of the last commit.</summary>
    public long LastRowId { get; private set; }

    /// <summary>Bytes in use as of the last commit; -1 while nothing was written since opening.</summary>
    public long SizeBytes { get; private set; } = -1;

    /// <summary>What the database was lately asked for and took long.</summary>
    public LongRuns LongRuns { get; } = new();

    /// <summary>What waits to be written.</summary>
    public WriteQueue Queue { get; }

    /// <summary>Those who wait to have the writer for themselves.</summary>
    public int ExclusiveWaitingCount => _exclusiveWaiters.Count;

    /// <summary>Runs a request in a transaction that it may share with others.</summary>
    /// <exception cref="EngineException">The queue or the disk is full.</exception>
    public Task ExecuteAsync(SqlRequest request, IResultSink sink, CancellationToken cancellation) =>
        EnqueueAsync(new WriteTurn(request, sink, cancellation));

    /// <summary>Runs work in a transaction that it may share with others.</summary>
    /// <exception cref="EngineException">The queue or the disk is full.</exception>
    public Task ExecuteWorkAsync(IDatabaseWork work, CancellationToken cancellation) =>
        EnqueueAsync(new WriteTurn(work, cancellation));

    private Task EnqueueAsync(WriteTurn turn)
    {
        CheckRoom();

        // Not the catalog: the checkpoint that makes the log short again writes to it, and so does every start.
        if (_store?.Log.LiveBytes > _limits.LogBytesMax && _id != DatabaseCatalog.Id)
        {
            throw new EngineException(EngineErrorKind.Overloaded, "D1 DB is overloaded. Too many requests queued.",
                "The commit log is full and waits for a checkpoint; a long export or a slow disk may hold it.", _id);
        }

        // Step 3: the bounded queue; a full one answers at once.
        Queue.Enqueue(turn);
        if (TryBecomeWriter())
        {
            RunGroup();
        }
        else
        {
            turn.WatchCaller(Queue);
        }

        return turn.Completion;
    }

    /// <summary>Passes when there is room on the disk to write.</summary>
    /// <exception cref="EngineException">There is not.</exception>
    public void CheckRoom()
    {
        // The catalog has to take deletions, which make room.
        if (_id != DatabaseCatalog.Id)
        {
            _space.Check(_id);
        }
    }

    /// <summary>Takes the writer for long work; queued requests wait until the lease is disposed.</summary>
    public async Task<WriterLease> AcquireAsync(CancellationToken cancellation)
    {
        var waiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var registration = cancellation.Register(() => waiter.TrySetCanceled(cancellation));
        _exclusiveWaiters.Enqueue(waiter);
        if (TryBecomeWriter())
        {
            PassOn();
        }

        await waiter.Task.ConfigureAwait(false);
        try
        {
            return new WriterLease(this, OpenConnection(), _transactions!);
        }
        catch
        {
            PassOn();
            throw;
        }
    }

    /// <summary>The thread pool's entry: one turn as the writer.</summary>
    public void Execute() => RunGroup();

    /// <summary>Frees statements and pages, if nobody is writing.</summary>
    public void ReleaseMemory()
    {
        if (TryBecomeWriter())
        {
            _connection?.ReleaseMemory();
            PassOn();
        }
    }

    /// <summary>Brings all durable commits into the database file.</summary>
    /// <remarks>Rule: never a page before the log record that holds it is durable.</remarks>
    /// <param name="thread">Where pages are copied.</param>
    /// <param name="cancellation">Ends the wait for the writer.</param>
    /// <exception cref="EngineException">The file system refused.</exception>
    public async Task CheckpointAsync(QuietThread thread, CancellationToken cancellation)
    {
        using var lease = await AcquireAsync(cancellation).ConfigureAwait(false);
        Capture();
        if (!Faults.Is(Faults.CheckpointBeforeDurable))
        {
            await _gate.WaitAsync().ConfigureAwait(false);
        }

        var status = default(SqliteStatus);
        await thread.RunAsync(() => status = CheckpointAll().Status).ConfigureAwait(false);
        if (!status.IsSuccess)
        {
            throw SqlErrors.Checkpoint(status, _id);
        }
    }

    /// <summary>Why closing could not checkpoint in mode log; null when it could.</summary>
    public EngineException? Refusal { get; private set; }

    /// <summary>Checkpoints and closes. Nobody may be using the database.</summary>
    public void Dispose()
    {
        // A turn may still be checkpointing after it has answered its callers.
        SpinWait.SpinUntil(TryBecomeWriter);
        if (_connection is null)
        {
            return;
        }

        var whole = true;
        if (_store is null)
        {
            // Where that fails, SQLite keeps the WAL.
            _ = _connection.Native.Checkpoint(CheckpointMode.Truncate);
        }
        else
        {
            Capture();
            _store.Log.WaitDurableAsync(_gate.Visible).AsTask().GetAwaiter().GetResult();
            var result = CheckpointAll();
            whole = result.IsWhole;
            Refusal = result.Status.IsSuccess ? null : SqlErrors.Checkpoint(result.Status, _id);
        }

        _transactions!.Dispose();
        _capture?.Dispose();
        _connection.Dispose();
        _connection = null;
        if (_store is not null && whole)
        {
            File.Delete(_path + "-wal");
            File.Delete(_path + "-shm");
        }
    }

    internal void EndExclusive()
    {
        AfterCommit();
        PassOn(afterExclusive: true);
    }

    /// <summary>Whether requests are left. To be asked by the writer.</summary>
    private bool HasRequests => Queue.Group.Length > 0 || !Queue.IsEmpty;

    private bool TryBecomeWriter() => Interlocked.CompareExchange(ref _active, 1, 0) == 0;

    /// <summary>Gives the writer to whoever waits, or to nobody. Must be called by the writer.</summary>
    /// <param name="afterExclusive">Whether it was held for long work: then requests come first, so that nobody starves.</param>
    private void PassOn(bool afterExclusive = false)
    {
        while (true)
        {
            while (!(afterExclusive && HasRequests) && _exclusiveWaiters.TryDequeue(out var waiter))
            {
                if (waiter.TrySetResult())
                {
                    return;
                }
            }

            if (HasRequests)
            {
                ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
                return;
            }

            // A full fence: the look that follows must not happen before others can see the writer free, or a request
            // queued in between would be seen by nobody.
            Interlocked.Exchange(ref _active, 0);

            // Somebody may have queued between the look and the write and found the writer still taken.
            if ((Queue.IsEmpty && _exclusiveWaiters.IsEmpty) || !TryBecomeWriter())
            {
                return;
            }
        }
    }

    /// <summary>One group, here or in the slow lane; then the writer is passed on.</summary>
    private void RunGroup()
    {
        // Step 4: everything that is queued, to a cap, in one transaction.
        Queue.Fill();

        // What the server itself does waits for no tenant.
        if (_id == DatabaseCatalog.Id)
        {
            _ = RunTaken(default);
        }
        else if (LongRuns.ContainsAny(Queue.Group) && _lane.HasOthers)
        {
            _lane.Enqueue(new LaneWork(_id, RunInLane));
            return;
        }
        else if (!RunTaken(_lane.Outside(Stopwatch.GetTimestamp())))
        {
            return;
        }

        PassOn();
    }

    private void RunInLane()
    {
        var started = Stopwatch.GetTimestamp();

        // Now: whoever has an answer may be reusing the request when this goes on.
        var marks = LongRuns.MarksOf(Queue.Group);
        _ = RunTaken(_lane.Inside);
        if (!_lane.TookLong(started))
        {
            foreach (var mark in marks)
            {
                LongRuns.Remove(mark);
            }
        }

        PassOn();
    }

    /// <summary>Runs and commits the group, or a first part of it; false when it has given way and goes on in the slow lane.</summary>
    private bool RunTaken(in RunPace pace)
    {
        if (Queue.Group.Length == 0)
        {
            return true;
        }

        var done = Queue.Group.Length;
        try
        {
            OpenConnection();
            done = _transactions!.Run(Queue.Group, pace);
            if (done == 0)
            {
                if (_transactions.LongTurn is { } longTurn)
                {
                    LongRuns.Add(longTurn.Request);
                }

                foreach (var turn in Queue.Group)
                {
                    turn.Error = null;
                    turn.Sink.Reset();
                }

                _lane.Enqueue(new LaneWork(_id, RunInLane));
                return false;
            }

            _metrics.GroupCommitted(done);
        }
        catch (Exception error)
        {
            // Boundary loop: whatever went wrong, no caller may wait for ever, and no unconfirmed commit may be claimed.
            foreach (var turn in Queue.Group)
            {
                turn.Error ??= error as EngineException ?? new EngineException(EngineErrorKind.StorageUnavailable,
                    $"the write failed: {error.Message}", hint: null, _id, error);
            }
        }

        // Step 5: the commit is in the WAL; from there it goes into the log of all databases.
        AfterCommit();

        // Step 7: responses are released when their commit is durable.
        var release = new GroupRelease(Queue.TakeFirst(done));
        if (_store is null || Faults.Is(Faults.NoGate))
        {
            release.OnDurable();
        }
        else
        {
            _store.Log.WhenDurable(_gate.Visible, release);
        }

        try
        {
            CheckpointWhenLarge();
        }
        catch (SqliteException)
        {
            // The commit is durable all the same; the WAL just grows until a checkpoint succeeds.
            _metrics.CheckpointFailed();
        }

        return true;
    }

    private void AfterCommit()
    {
        if (_connection is not null)
        {
            Capture();
            LastRowId = _connection.Native.LastInsertRowId;
            SizeBytes = _connection.SizeBytes;
        }
    }

    /// <summary>Puts what was committed since the last call into the log.</summary>
    private void Capture()
    {
        if (_store is null || _connection is null)
        {
            _gate.NothingCommitted();
            return;
        }

        try
        {
            var state = _connection.Native.GetWalState();
            if (!_capture!.HasNew(state))
            {
                _gate.NothingCommitted();
                return;
            }

            var number = _store.NumberOf(_id) + 1;
            _store.Tracker.Appending(_id, _store.Log.End);
            var end = _capture.Take(state, number);
            _store.Tracker.Appended(_id, end);
            _store.RememberNumber(_id, number);
            _clock.Appended(end, number);
            _gate.CommitCaptured(end);
        }
        catch (Exception error) when (error is EngineException or IOException or SqliteException)
        {
            _store.Abort(error);
            throw;
        }
    }

    /// <summary>Copies the whole WAL into the file, unless a reader's old snapshot or the file system is in the way.</summary>
    /// <remarks>
    /// The checkpoint itself must say that it is whole, for then the log and the WAL let go of the commits. What the connection
    /// knows of the WAL afterwards may be nothing at all, see <see cref="SqliteConnection.GetWalState"/>.
    /// </remarks>
    private CheckpointResult CheckpointAll()
    {
        var result = _connection!.Native.Checkpoint(CheckpointMode.Passive);
        if (result.IsWhole)
        {
            _store?.Tracker.Checkpointed(_id);
            _metrics.Checkpointed();
        }
        else if (!result.Status.IsSuccess)
        {
            _metrics.CheckpointFailed();
        }

        return result;
    }

    /// <summary>Step 8: the writer is the only checkpointer, and only after its commits are durable.</summary>
    private void CheckpointWhenLarge()
    {
        if (_connection is { } connection)
        {
            var wal = connection.Native.GetWalState();
            if (wal.FrameIndexMax < (long)wal.FramesCheckpointed + _limits.CheckpointFramesMin
                && !Faults.Is(Faults.CheckpointBeforeDurable))
            {
                return;
            }

            if (_store is null || Faults.Is(Faults.CheckpointBeforeDurable))
            {
                CheckpointAll();
            }
            else
            {
                _store.CheckpointRequested?.Invoke(_id);
            }
        }
    }

    private DatabaseConnection OpenConnection()
    {
        if (_connection is null)
        {
            var durability = _store is null ? DurabilityMode.Sqlite : DurabilityMode.Log;
            var connection = DatabaseConnection.Open(_id, _path, _limits, durability, isWriter: true);
            try
            {
                if (_store is not null)
                {
                    _capture = new WalCapture(_id, _path, _store.Log);
                    _capture.Begin(connection.Native);
                }

                _transactions = new GroupCommit(_id, connection, _gate, _clock);
            }
            catch
            {
                _capture?.Dispose();
                connection.Dispose();
                throw;
            }

            _connection = connection;
        }

        return _connection;
    }
}
