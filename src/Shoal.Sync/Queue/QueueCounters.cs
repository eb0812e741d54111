namespace Shoal.Sync.Queue;

/// <summary>What a queue has done since the process began.</summary>
/// <remarks>Thread: safe.</remarks>
public sealed class QueueCounters
{
    private long _accepted;
    private long _duplicates;
    private long _refused;
    private long _applied;
    private long _obsolete;
    private long _batches;
    private long _retries;
    private long _deadLetters;
    private long _rowsWritten;
    private long _waiting;
    private long _dead;
    private long _lagTicks;
    private long _changes;
    private int _changing;

    /// <summary>Messages taken.</summary>
    public long Accepted => Interlocked.Read(ref _accepted);

    /// <summary>Messages whose idempotency key was known.</summary>
    public long Duplicates => Interlocked.Read(ref _duplicates);

    /// <summary>Requests that were not right, or found the queue full.</summary>
    public long Refused => Interlocked.Read(ref _refused);

    /// <summary>Messages applied.</summary>
    public long Applied => Interlocked.Read(ref _applied);

    /// <summary>Messages that came after a newer one for their row, or a second time.</summary>
    public long Obsolete => Interlocked.Read(ref _obsolete);

    /// <summary>Batches that were committed at tenants.</summary>
    public long Batches => Interlocked.Read(ref _batches);

    /// <summary>Messages put back to be tried again.</summary>
    public long Retries => Interlocked.Read(ref _retries);

    /// <summary>Messages given up.</summary>
    public long DeadLetters => Interlocked.Read(ref _deadLetters);

    /// <summary>Rows and index entries that tenants wrote for them, as they are metered.</summary>
    public long RowsWritten => Interlocked.Read(ref _rowsWritten);

    /// <summary>Messages that wait now.</summary>
    public long Waiting => Interlocked.Read(ref _waiting);

    /// <summary>Dead letters that wait for a decision.</summary>
    public long Dead => Interlocked.Read(ref _dead);

    /// <summary>From when it was due to durable at the tenant, of the oldest message of the newest batch.</summary>
    public TimeSpan Lag => TimeSpan.FromTicks(Interlocked.Read(ref _lagTicks));

    internal void Accept(int count, int duplicates)
    {
        Interlocked.Add(ref _accepted, count);
        Interlocked.Add(ref _duplicates, duplicates);
        Interlocked.Add(ref _waiting, count);
    }

    internal void Refuse() => Interlocked.Increment(ref _refused);

    internal void Commit(int applied, int obsolete, long rowsWritten)
    {
        Interlocked.Add(ref _applied, applied);
        Interlocked.Add(ref _obsolete, obsolete);
        Interlocked.Add(ref _rowsWritten, rowsWritten);
        Interlocked.Add(ref _batches, applied > 0 ? 1 : 0);
    }

    internal void Ack(int count) => Interlocked.Add(ref _waiting, -count);

    internal void Retry() => Interlocked.Increment(ref _retries);

    internal void Bury()
    {
        Interlocked.Increment(ref _deadLetters);
        Interlocked.Decrement(ref _waiting);
        Interlocked.Increment(ref _dead);
    }

    /// <summary>Changes of the queue that this process has begun or ended.</summary>
    internal long Changes => Interlocked.Read(ref _changes);

    /// <summary>This process is about to change the queue.</summary>
    /// <returns>Ends the change; until then it may stand in the database, here, or in both.</returns>
    internal Change BeginChange()
    {
        Interlocked.Increment(ref _changing);
        Interlocked.Increment(ref _changes);
        return new Change(this);
    }

    /// <summary>Whether what was counted in the database since then has what was counted here, no less and no more.</summary>
    /// <param name="changes"><see cref="Changes"/> before it was counted.</param>
    internal bool IsQuietSince(long changes) => Volatile.Read(ref _changing) == 0 && Changes == changes;

    internal void SetLag(TimeSpan lag) => Interlocked.Exchange(ref _lagTicks, lag.Ticks);

    internal void SetDepth(long waiting, long dead)
    {
        Interlocked.Exchange(ref _waiting, waiting);
        Interlocked.Exchange(ref _dead, dead);
    }

    /// <summary>A change of the queue that has begun; to be disposed once.</summary>
    internal readonly struct Change(QueueCounters counters) : IDisposable
    {
        public void Dispose()
        {
            Interlocked.Increment(ref counters._changes);
            Interlocked.Decrement(ref counters._changing);
        }
    }
}
