using System.Collections.Concurrent;
using System.Diagnostics;
using Shoal.Engine.Catalog;
using Shoal.Engine.Log;
using Shoal.Engine.Requests;
using Shoal.Engine.Storage;
using Shoal.Engine.Work;
using Shoal.Protocol;
using Shoal.Sqlite;
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
    private readonly ConcurrentQueue<WriteTurn> _queue = new();
    private readonly ConcurrentQueue<TaskCompletionSource> _exclusiveWaiters = new();
    private readonly WriteTurn[] _group;
    private DatabaseConnection? _connection;
    private GroupCommit? _transactions;
    private WalCapture? _capture;
    private int _queued;
    private int _active;
    private int _dropped;

    /// <param name="id">The database.</param>
    /// <param name="path">Its file.</param>
    /// <param name="limits">Bounds.</param>
    /// <param name="metrics">Counts groups.</param>
    /// <param name="store">The commit log; null when SQLite itself makes commits durable.</param>
    /// <param name="gate">Told of every commit.</param>
    /// <param name="space">Says whether there is room to write.</param>
    /// <param name="clock">Told of every commit's number.</param>
    public DatabaseWriter(DatabaseId id, string path, EngineLimits limits, EngineMetrics metrics, DurableStore? store,
        OutputGate gate, FreeSpaceGuard space, CommitClock clock)
    {
        _space = space;
        _store = store;
        _gate = gate;
        _clock = clock;
        _id = id;
        _path = path;
        _limits = limits;
        _metrics = metrics;
        _group = new WriteTurn[limits.GroupCommitRequestsMax];
    }

    /// <summary>The database's last inserted rowid, as of the last commit.</summary>
    public long LastRowId { get; private set; }

    /// <summary>Bytes in use as of the last commit; -1 while nothing was written since opening.</summary>
    public long SizeBytes { get; private set; } = -1;

    /// <summary>Requests in the queue.</summary>
    public int WaitingCount => Volatile.Read(ref _queued);

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
        if (Interlocked.Increment(ref _queued) > _limits.WriteQueueMax
            || Volatile.Read(ref _dropped) > _limits.WriteQueueMax)
        {
            Interlocked.Decrement(ref _queued);
            throw new EngineException(EngineErrorKind.Overloaded, "D1 DB is overloaded. Too many requests queued.",
                "Send fewer requests at once, or batch them.", _id);
        }

        _queue.Enqueue(turn);
        if (TryBecomeWriter())
        {
            RunGroup();
            PassOn();
        }
        else
        {
            turn.WatchCaller(this);
        }

        return turn.Completion;
    }

    /// <summary>Ends a request that still waits; its place is free at once.</summary>
    public void Drop(WriteTurn turn, Exception reason)
    {
        if (turn.TryDrop(reason))
        {
            // It stays in the queue as an empty shell, of which there is a bound, too.
            Interlocked.Increment(ref _dropped);
            Interlocked.Decrement(ref _queued);
        }
    }

    /// <summary>Ends the requests that have waited for longer than a request may run.</summary>
    public void DropOverdue()
    {
        // The oldest is first.
        foreach (var turn in _queue)
        {
            if (Stopwatch.GetElapsedTime(turn.QueuedAt) <= _limits.QueryTimeout)
            {
                return;
            }

            Drop(turn, SqlErrors.QueuedTooLong(_id));
        }
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
    public void Execute()
    {
        RunGroup();
        PassOn();
    }

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
    public async Task CheckpointAsync(CancellationToken cancellation)
    {
        using var lease = await AcquireAsync(cancellation).ConfigureAwait(false);
        Capture();
        if (!Faults.Is(Faults.CheckpointBeforeDurable))
        {
            await _gate.WaitAsync().ConfigureAwait(false);
        }

        CheckpointAll();
    }

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
            _ = _connection.Native.Checkpoint(CheckpointMode.Truncate);
        }
        else
        {
            Capture();
            _store.Log.WaitDurableAsync(_gate.Visible).AsTask().GetAwaiter().GetResult();
            whole = CheckpointAll();
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

    private bool TryBecomeWriter() => Interlocked.CompareExchange(ref _active, 1, 0) == 0;

    /// <summary>Gives the writer to whoever waits, or to nobody. Must be called by the writer.</summary>
    /// <param name="afterExclusive">Whether it was held for long work: then requests come first, so that nobody starves.</param>
    private void PassOn(bool afterExclusive = false)
    {
        while (true)
        {
            while (!(afterExclusive && !_queue.IsEmpty) && _exclusiveWaiters.TryDequeue(out var waiter))
            {
                if (waiter.TrySetResult())
                {
                    return;
                }
            }

            if (!_queue.IsEmpty)
            {
                ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
                return;
            }

            // A full fence: the look that follows must not happen before others can see the writer free, or a request
            // queued in between would be seen by nobody.
            Interlocked.Exchange(ref _active, 0);

            // Somebody may have queued between the look and the write and found the writer still taken.
            if ((_queue.IsEmpty && _exclusiveWaiters.IsEmpty) || !TryBecomeWriter())
            {
                return;
            }
        }
    }

    private void RunGroup()
    {
        // Step 4: everything that is queued, to a cap, in one transaction.
        var count = 0;
        while (count < _group.Length && _queue.TryDequeue(out var turn))
        {
            if (turn.TryTake())
            {
                _group[count++] = turn;
            }
            else
            {
                Interlocked.Decrement(ref _dropped);
            }
        }

        if (count == 0)
        {
            return;
        }

        Interlocked.Add(ref _queued, -count);
        var group = _group.AsSpan(0, count);
        try
        {
            OpenConnection();
            _transactions!.Run(group);
            _metrics.GroupCommitted(count);
        }
        catch (Exception error)
        {
            // Boundary loop: whatever went wrong, no caller may wait for ever, and no unconfirmed commit may be claimed.
            foreach (var turn in group)
            {
                turn.Error ??= error as EngineException ?? new EngineException(EngineErrorKind.StorageUnavailable,
                    $"the write failed: {error.Message}", hint: null, _id, error);
            }
        }

        // Step 5: the commit is in the WAL; from there it goes into the log of all databases.
        AfterCommit();

        // Step 7: responses are released when their commit is durable.
        var release = new GroupRelease(group.ToArray());
        if (_store is null || Faults.Is(Faults.NoGate))
        {
            release.OnDurable();
        }
        else
        {
            _store.Log.WhenDurable(_gate.Visible, release);
        }

        group.Clear();
        try
        {
            CheckpointWhenLarge();
        }
        catch (SqliteException)
        {
            // The commit is durable all the same; the WAL just grows until a checkpoint succeeds.
            _metrics.CheckpointFailed();
        }
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

    /// <summary>Copies the whole WAL into the file; false when a reader's old snapshot did not allow all of it.</summary>
    private bool CheckpointAll()
    {
        if (_connection is not { } connection)
        {
            return true;
        }

        _ = connection.Native.Checkpoint(CheckpointMode.Passive);
        var wal = connection.Native.GetWalState();
        var whole = wal.FramesCheckpointed == wal.FrameIndexMax;
        if (whole)
        {
            _store?.Tracker.Checkpointed(_id, _gate.Visible);
            _metrics.Checkpointed();
        }

        return whole;
    }

    /// <summary>Step 8: the writer is the only checkpointer, and only after its commits are durable.</summary>
    private void CheckpointWhenLarge()
    {
        if (_connection is { } connection)
        {
            var wal = connection.Native.GetWalState();
            if (wal.FrameIndexMax - wal.FramesCheckpointed < _limits.CheckpointFramesMin
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
