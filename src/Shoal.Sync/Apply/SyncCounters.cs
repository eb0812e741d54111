using System.Collections.Concurrent;
using Shoal.Sync.Verification;

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
    private long _shed;
    private long _compared;
    private long _drifted;
    private long _repaired;
    private long _rehearsals;
    private long _failedRehearsals;
    private long _backpressureTicks;

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

    /// <summary>Tenants that were given up because they held the slot back while PostgreSQL's log ran out.</summary>
    public long Sheds => Interlocked.Read(ref _shed);

    /// <summary>Tables of tenants that were compared with PostgreSQL.</summary>
    public long Compared => Interlocked.Read(ref _compared);

    /// <summary>Rows that were missing, too many or different.</summary>
    public long Drifted => Interlocked.Read(ref _drifted);

    /// <summary>Of them, rows that were put right.</summary>
    public long Repaired => Interlocked.Read(ref _repaired);

    /// <summary>Copies that were rehearsed.</summary>
    public long Rehearsals => Interlocked.Read(ref _rehearsals);

    /// <summary>Of them, those that did not end or were not right.</summary>
    public long FailedRehearsals => Interlocked.Read(ref _failedRehearsals);

    /// <summary>Changes of a transaction.</summary>
    internal SyncHistogram TransactionRows { get; } = new(1, 10, 100, 1_000, 10_000, 100_000, 1_000_000);

    /// <summary>Changes of a batch.</summary>
    internal SyncHistogram BatchRows { get; } = new(1, 10, 100, 1_000, 10_000, 100_000);

    /// <summary>From sending a batch to its reply. Units: seconds.</summary>
    internal SyncHistogram ApplySeconds { get; } = new(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10);

    /// <summary>Rows by destination.</summary>
    internal ConcurrentDictionary<string, TableCounters> Tables { get; } = new(StringComparer.Ordinal);

    /// <summary>Changes applied, by tenant.</summary>
    internal ConcurrentDictionary<string, long> Tenants { get; } = new(StringComparer.Ordinal);

    /// <summary>Time in which the stream was held back, because too much waited in memory for tenants' databases.</summary>
    public TimeSpan Backpressure => TimeSpan.FromTicks(Interlocked.Read(ref _backpressureTicks));

    /// <summary>Time until the log for the slot is used up at the present rate; null for never.</summary>
    internal TimeSpan? SlotEta { get; set; }

    /// <summary>What PostgreSQL said of the slot last.</summary>
    internal Postgres.SlotInfo? Slot { get; set; }

    internal void Applied(string tenant, ChangeSet changes, TimeSpan elapsed)
    {
        Interlocked.Add(ref _rows, changes.Rows);
        Interlocked.Increment(ref _batches);
        BatchRows.Add(changes.Rows);
        ApplySeconds.Add(elapsed.TotalSeconds);
        Tenants.AddOrUpdate(tenant, static (_, rows) => rows, static (_, before, rows) => before + rows, changes.Rows);
        foreach (var (table, one) in changes.Tables)
        {
            var counters = Tables.GetOrAdd(table.Name, static _ => new TableCounters());
            foreach (var (kind, rows) in one.Rows.Values.CountBy(static row => row.Kind))
            {
                counters.Add(kind, rows);
            }
        }
    }

    internal void Verify(TableComparison found)
    {
        Interlocked.Increment(ref _compared);
        Interlocked.Add(ref _drifted, found.Drifted);
        Interlocked.Add(ref _repaired, found.Repaired);
    }

    internal void Rehearse(bool succeeded)
    {
        Interlocked.Increment(ref _rehearsals);
        if (!succeeded)
        {
            Interlocked.Increment(ref _failedRehearsals);
        }
    }

    internal void Skip() => Interlocked.Increment(ref _skipped);

    internal void Copy(int rows) => Interlocked.Add(ref _copied, rows);

    internal void DeadLetter() => Interlocked.Increment(ref _deadLetters);

    internal void Move() => Interlocked.Increment(ref _moves);

    internal void PartialUpdate() => Interlocked.Increment(ref _partial);

    internal void Resync() => Interlocked.Increment(ref _resyncs);

    internal void Shed() => Interlocked.Increment(ref _shed);

    internal void Unroute() => Interlocked.Increment(ref _unrouted);

    internal void HoldBack(TimeSpan time) => Interlocked.Add(ref _backpressureTicks, time.Ticks);

    internal void Reconnect() => Interlocked.Increment(ref _reconnects);
}
