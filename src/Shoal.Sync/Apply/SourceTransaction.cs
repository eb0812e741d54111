namespace Shoal.Sync.Apply;

/// <summary>A transaction of PostgreSQL on its way to the tenants.</summary>
internal sealed class SourceTransaction(uint xid, ulong commitLsn, ulong endLsn, DateTimeOffset committed)
{
    private int _open = 1;

    public uint Xid { get; } = xid;

    /// <summary>Where its commit stands: its place in the order, and what tenants remember.</summary>
    public ulong CommitLsn { get; } = commitLsn;

    /// <summary>What is confirmed to PostgreSQL when all tenants have it.</summary>
    public ulong EndLsn { get; } = endLsn;

    public DateTimeOffset Committed { get; } = committed;

    public bool IsDone => Volatile.Read(ref _open) == 0;

    public void Open() => Interlocked.Increment(ref _open);

    /// <summary>One tenant has it. True when it was the last.</summary>
    public bool Close() => Interlocked.Decrement(ref _open) == 0;
}
