namespace Shoal.Sync.Apply;

/// <summary>Knows up to where every transaction is durable in all its tenants, and counts.</summary>
/// <remarks>Thread: safe.</remarks>
internal sealed class Progress(int pendingRowsMax, SyncCounters? counters = null)
{
    /// <summary>Changes in memory, before the stream is held back. Units: bytes, estimated.</summary>
    private const long PendingBytesMax = 64 * 1024 * 1024;

    private readonly Lock _gate = new();
    private readonly Queue<SourceTransaction> _open = new();
    private ulong _confirmed;
    private long _pendingRows;
    private long _pendingBytes;
    private TaskCompletionSource? _room;
    private long _lagTicks;
    private ulong _recorded;

    /// <summary>Everything before it is durable.</summary>
    public ulong Confirmed
    {
        get
        {
            lock (_gate)
            {
                return _confirmed;
            }
        }
    }

    /// <summary>Whether no transaction is on its way.</summary>
    public bool IsIdle
    {
        get
        {
            lock (_gate)
            {
                return _open.Count == 0;
            }
        }
    }

    /// <summary>Changes that wait in memory.</summary>
    public long PendingRows
    {
        get
        {
            lock (_gate)
            {
                return _pendingRows;
            }
        }
    }

    private bool HasRoom => _pendingRows < pendingRowsMax && _pendingBytes < PendingBytesMax;

    public SyncCounters Counters { get; } = counters ?? new();

    /// <summary>From commit in PostgreSQL to durable at the tenant, of the newest transaction.</summary>
    public TimeSpan Lag => TimeSpan.FromTicks(Interlocked.Read(ref _lagTicks));

    /// <summary>What is on record as durable.</summary>
    public ulong Recorded
    {
        get => Volatile.Read(ref _recorded);
        set => Volatile.Write(ref _recorded, value);
    }

    public void Begin(SourceTransaction transaction)
    {
        lock (_gate)
        {
            _open.Enqueue(transaction);
        }
    }

    /// <summary>One tenant has its part.</summary>
    public void Close(SourceTransaction transaction)
    {
        if (!transaction.Close())
        {
            return;
        }

        Interlocked.Exchange(ref _lagTicks, (DateTimeOffset.UtcNow - transaction.Committed).Ticks);
        lock (_gate)
        {
            while (_open.TryPeek(out var first) && first.IsDone)
            {
                _confirmed = Math.Max(_confirmed, first.EndLsn);
                _open.Dequeue();
                Counters.Transactions++;
            }
        }
    }

    public void AddPending(ChangeSet changes)
    {
        lock (_gate)
        {
            _pendingRows += changes.Rows;
            _pendingBytes += changes.Bytes;
        }
    }

    public void RemovePending(ChangeSet changes)
    {
        lock (_gate)
        {
            _pendingRows -= changes.Rows;
            _pendingBytes -= changes.Bytes;
            if (HasRoom)
            {
                _room?.TrySetResult();
                _room = null;
            }
        }
    }

    /// <summary>Waits while too much waits in memory; that holds the stream back.</summary>
    public Task WaitForRoomAsync(CancellationToken cancellation)
    {
        lock (_gate)
        {
            if (HasRoom)
            {
                return Task.CompletedTask;
            }

            _room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _room.Task.WaitAsync(cancellation);
        }
    }
}
