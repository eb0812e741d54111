namespace Shoal.Client.Bulk;

/// <summary>What a bulk write did.</summary>
public sealed record BulkReport
{
    /// <summary>Rows that were read from the input.</summary>
    public long Rows { get; init; }

    /// <summary>Rows that an earlier run of the import had applied.</summary>
    public long Skipped { get; init; }

    /// <summary>Rows that are in the database now, or that the write mode had ignored.</summary>
    public long Applied { get; init; }

    /// <summary>Rows that the database refused.</summary>
    public long Rejected { get; init; }

    /// <summary>Rows that never got through; nothing was changed by them.</summary>
    public long NotApplied { get; init; }

    /// <summary>Rows that were sent and of which nobody knows.</summary>
    public long Unknown { get; init; }

    /// <summary>Requests that settled something.</summary>
    public long Requests { get; init; }

    /// <summary>Bytes of their bodies.</summary>
    public long BytesSent { get; init; }

    /// <summary>What D1 bills: rows and index entries written. Batches save round trips, not these.</summary>
    public long RowsWritten { get; init; }

    /// <summary>From the first row to the last reply.</summary>
    public TimeSpan Elapsed { get; init; }

    /// <summary>The first refused and unsettled rows, in the order of the input.</summary>
    public IReadOnlyList<RowFailure> Failures { get; init; } = [];
}
