namespace Shoal.Sync.Apply;

/// <summary>What a run has done since it began.</summary>
public sealed class SyncCounters
{
    private long _rows;
    private long _batches;
    private long _skipped;
    private long _copied;
    private long _deadLetters;
    private long _moves;
    private long _partial;
    private long _resyncs;
    private long _unrouted;
    private long _reconnects;

    /// <summary>Transactions that all their tenants have.</summary>
    public long Transactions { get; internal set; }

    /// <summary>Changes applied from the stream.</summary>
    public long Rows => Interlocked.Read(ref _rows);

    /// <summary>Batches sent for them.</summary>
    public long Batches => Interlocked.Read(ref _batches);

    /// <summary>Parts of transactions that a tenant had already.</summary>
    public long Skipped => Interlocked.Read(ref _skipped);

    /// <summary>Rows copied.</summary>
    public long Copied => Interlocked.Read(ref _copied);

    /// <summary>Rows put aside because a database refused them.</summary>
    public long DeadLetters => Interlocked.Read(ref _deadLetters);

    /// <summary>Rows that changed their tenant.</summary>
    public long Moves => Interlocked.Read(ref _moves);

    /// <summary>Updates that came without a large value, because that did not change.</summary>
    public long Partial => Interlocked.Read(ref _partial);

    /// <summary>Tenants that were copied again.</summary>
    public long Resyncs => Interlocked.Read(ref _resyncs);

    /// <summary>Rows without a tenant.</summary>
    public long Unrouted => Interlocked.Read(ref _unrouted);

    /// <summary>Times the stream was begun again.</summary>
    public long Reconnects => Interlocked.Read(ref _reconnects);

    /// <summary>What PostgreSQL said of the slot last.</summary>
    internal Postgres.SlotInfo? Slot { get; set; }

    internal void Applied(int rows)
    {
        Interlocked.Add(ref _rows, rows);
        Interlocked.Increment(ref _batches);
    }

    internal void Skip() => Interlocked.Increment(ref _skipped);

    internal void Copy(int rows) => Interlocked.Add(ref _copied, rows);

    internal void DeadLetter() => Interlocked.Increment(ref _deadLetters);

    internal void Move() => Interlocked.Increment(ref _moves);

    internal void PartialUpdate() => Interlocked.Increment(ref _partial);

    internal void Resync() => Interlocked.Increment(ref _resyncs);

    internal void Unroute() => Interlocked.Increment(ref _unrouted);

    internal void Reconnect() => Interlocked.Increment(ref _reconnects);
}
