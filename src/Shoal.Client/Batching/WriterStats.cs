namespace Shoal.Client.Batching;

/// <summary>A writer's state and what it has done so far, at one moment.</summary>
public sealed record WriterStats
{
    /// <summary>Requests at once, at most.</summary>
    public int MaxConcurrent { get; init; }

    /// <summary>Requests at once, now: fewer than at most when the limiter adapts.</summary>
    public int Limit { get; init; }

    /// <summary>Requests that could begin now.</summary>
    public int AvailablePermits { get; init; }

    /// <summary>Batches on their way, those included that wait for a permit or to be sent again.</summary>
    public int InFlight { get; init; }

    /// <summary>Rows that are not on their way yet.</summary>
    public long Queued { get; init; }

    /// <summary>Rows that are not settled: queued and on their way.</summary>
    public long BufferedRows { get; init; }

    /// <summary>Their size. Units: bytes of the request.</summary>
    public long BufferedBytes { get; init; }

    /// <summary>Age of the oldest of them.</summary>
    public TimeSpan Oldest { get; init; }

    /// <summary>Rows per batch, now.</summary>
    public int BatchRows { get; init; }

    /// <summary>Databases that pause after failures; all of them when <see cref="IsPaused"/>.</summary>
    public int PausedDatabases { get; init; }

    /// <summary>Whether all requests pause after failures.</summary>
    public bool IsPaused { get; init; }

    /// <summary>Items that were taken.</summary>
    public long Submitted { get; init; }

    /// <summary>Items that are in the database.</summary>
    public long Applied { get; init; }

    /// <summary>Items that the database refused.</summary>
    public long Rejected { get; init; }

    /// <summary>Items that never got through.</summary>
    public long NotApplied { get; init; }

    /// <summary>Items that were sent and of which nobody knows.</summary>
    public long Unknown { get; init; }

    /// <summary>Items that a full buffer threw away.</summary>
    public long Dropped { get; init; }

    /// <summary>Items that a full buffer did not take; who added them was told.</summary>
    public long Refused { get; init; }

    /// <summary>Items that had to wait for room.</summary>
    public long Waited { get; init; }

    /// <summary>Items in whose place a later one with their key was written.</summary>
    public long Superseded { get; init; }

    /// <summary>Rows that went to the dead letters.</summary>
    public long DeadLettered { get; init; }

    /// <summary>Batches that were settled.</summary>
    public long Batches { get; init; }

    /// <summary>Requests, those that were sent again not counted twice.</summary>
    public long Requests { get; init; }

    /// <summary>Bytes of their bodies.</summary>
    public long BytesSent { get; init; }

    /// <summary>What D1 bills: rows and index entries written, those of tokens included.</summary>
    public long RowsWritten { get; init; }

    /// <summary>What this cost and saved.</summary>
    public WriteCost Cost => new(RowsWritten, Requests, Math.Max(0, Applied - Requests));

    /// <summary>The same with a batch more that is settled.</summary>
    internal WriterStats PlusBatch(FlushReport report) => this with
    {
        Batches = Batches + 1,
        Applied = Applied + report.Applied,
        Rejected = Rejected + report.Rejected,
        NotApplied = NotApplied + report.NotApplied,
        Unknown = Unknown + report.Unknown,
    };
}
