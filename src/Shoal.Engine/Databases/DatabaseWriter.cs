using System.Collections.Concurrent;
using Shoal.Engine.Requests;
using Shoal.Protocol;
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
    private readonly ConcurrentQueue<WriteTurn> _queue = new();
    private readonly ConcurrentQueue<TaskCompletionSource> _exclusiveWaiters = new();
    private readonly WriteTurn[] _group;
    private DatabaseConnection? _connection;
    private GroupCommit? _transactions;
    private int _queued;
    private int _active;

    public DatabaseWriter(DatabaseId id, string path, EngineLimits limits, EngineMetrics metrics)
    {
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

    /// <summary>Runs a request in a transaction that it may share with others.</summary>
    /// <exception cref="EngineException">The queue is full.</exception>
    public Task ExecuteAsync(SqlRequest request, IResultSink sink, CancellationToken cancellation)
    {
        // Step 3: the bounded queue; a full one answers at once.
        if (Interlocked.Increment(ref _queued) > _limits.WriteQueueMax)
        {
            Interlocked.Decrement(ref _queued);
            throw new EngineException(EngineErrorKind.Overloaded, "D1 DB is overloaded. Too many requests queued.",
                "Send fewer requests at once, or batch them.", _id);
        }

        var turn = new WriteTurn(request, sink, cancellation);
        _queue.Enqueue(turn);
        if (TryBecomeWriter())
        {
            RunGroup();
            PassOn();
        }

        return turn.Completion;
    }

    /// <summary>Takes the writer for long work; queued requests wait until the lease is disposed.</summary>
    public async Task<WriterLease> AcquireAsync(CancellationToken cancellation)
    {
        var waiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = cancellation.Register(() => waiter.TrySetCanceled(cancellation));
        _exclusiveWaiters.Enqueue(waiter);
        if (TryBecomeWriter())
        {
            PassOn();
        }

        await waiter.Task;
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

    /// <summary>Checkpoints and closes. Nobody may be using the database.</summary>
    public void Dispose()
    {
        // A turn may still be checkpointing after it has answered its callers.
        SpinWait.SpinUntil(TryBecomeWriter);
        if (_connection is not null)
        {
            _ = _connection.Native.Checkpoint(CheckpointMode.Truncate);
            _transactions!.Dispose();
            _connection.Dispose();
            _connection = null;
        }
    }

    internal void EndExclusive()
    {
        AfterCommit();
        PassOn();
    }

    private bool TryBecomeWriter() => Interlocked.CompareExchange(ref _active, 1, 0) == 0;

    /// <summary>Gives the writer to whoever waits, or to nobody. Must be called by the writer.</summary>
    private void PassOn()
    {
        while (true)
        {
            while (_exclusiveWaiters.TryDequeue(out var waiter))
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
            _group[count++] = turn;
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

        // Step 5: the commit is in the WAL; with synchronous=FULL it is durable here, so nobody has to wait longer.
        AfterCommit();

        // Step 7: responses of durable commits are released.
        foreach (var turn in group)
        {
            turn.Complete();
        }

        group.Clear();
        CheckpointWhenLarge();
    }

    private void AfterCommit()
    {
        if (_connection is not null)
        {
            LastRowId = _connection.Native.LastInsertRowId;
            SizeBytes = _connection.SizeBytes;
        }
    }

    /// <summary>Step 8: the writer is the only checkpointer, and only after its commits are durable.</summary>
    private void CheckpointWhenLarge()
    {
        if (_connection is { } connection)
        {
            var wal = connection.Native.GetWalState();
            if (wal.FrameIndexMax - wal.FramesCheckpointed >= _limits.CheckpointFramesMin)
            {
                _ = connection.Native.Checkpoint(CheckpointMode.Passive);
                _metrics.Checkpointed();
            }
        }
    }

    private DatabaseConnection OpenConnection()
    {
        if (_connection is null)
        {
            var connection = DatabaseConnection.Open(_id, _path, _limits, isWriter: true);
            _transactions = new GroupCommit(_id, connection);
            _connection = connection;
        }

        return _connection;
    }
}
