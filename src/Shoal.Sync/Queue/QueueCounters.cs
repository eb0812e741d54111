namespace Shoal.Sync.Queue;

/// <summary>What a queue has done since the process began.</summary>
/// <remarks>Thread: safe.</remarks>
public sealed class QueueCounters
{
    /// <summary>How much waits, and what is changing it.</summary>
    private readonly Lock _gate = new();
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
    public long Waiting => Volatile.Read(ref _waiting);

    /// <summary>Dead letters that wait for a decision.</summary>
    public long Dead => Volatile.Read(ref _dead);

    /// <summary>From when it was due to durable at the tenant, of the oldest message of the newest batch.</summary>
    public TimeSpan Lag => TimeSpan.FromTicks(Interlocked.Read(ref _lagTicks));

    internal void Accept(int count, int duplicates)
    {
        Interlocked.Add(ref _accepted, count);
        Interlocked.Add(ref _duplicates, duplicates);
        Add(count);
    }

    internal void Refuse() => Interlocked.Increment(ref _refused);

    internal void Commit(int applied, int obsolete, long rowsWritten)
    {
        Interlocked.Add(ref _applied, applied);
        Interlocked.Add(ref _obsolete, obsolete);
        Interlocked.Add(ref _rowsWritten, rowsWritten);
        Interlocked.Add(ref _batches, applied > 0 ? 1 : 0);
    }

    internal void Ack(int count) => Add(-count);

    internal void Retry() => Interlocked.Increment(ref _retries);

    internal void Bury()
    {
        Interlocked.Increment(ref _deadLetters);
        lock (_gate)
        {
            _waiting--;
            _dead++;
        }
    }

    /// <summary>Messages and dead letters that wait now.</summary>
    internal long Depth
    {
        get
        {
            lock (_gate)
            {
                return _waiting + _dead;
            }
        }
    }

    /// <summary>Changes of the queue that this process has begun or ended.</summary>
    internal long Changes
    {
        get
        {
            lock (_gate)
            {
                return _changes;
            }
        }
    }

    /// <summary>This process is about to change the queue.</summary>
    /// <returns>Ends the change; until then it may stand in the database, here, or in both.</returns>
    internal Change BeginChange()
    {
        lock (_gate)
        {
            _changing++;
            _changes++;
        }

        return new Change(this);
    }

    /// <summary>
    /// Takes over what was counted in the database, unless this process has changed the queue since: then it may have of that change
    /// more than what is here, or less.
    /// </summary>
    /// <param name="waiting">Messages.</param>
    /// <param name="dead">Dead letters.</param>
    /// <param name="changes"><see cref="Changes"/> before it was counted; null to take it over all the same.</param>
    /// <returns>Whether it was taken over.</returns>
    internal bool SetDepth(long waiting, long dead, long? changes)
    {
        lock (_gate)
        {
            if (changes is { } since && (_changing > 0 || _changes != since))
            {
                return false;
            }

            (_waiting, _dead) = (waiting, dead);
            return true;
        }
    }

    internal void SetLag(TimeSpan lag) => Interlocked.Exchange(ref _lagTicks, lag.Ticks);

    private void Add(int count)
    {
        lock (_gate)
        {
            _waiting += count;
        }
    }

    /// <summary>A change of the queue that has begun; to be disposed once.</summary>
    internal readonly struct Change(QueueCounters counters) : IDisposable
    {
        public void Dispose()
        {
            lock (counters._gate)
            {
                counters._changes++;
                counters._changing--;
            }
        }
    }
}
