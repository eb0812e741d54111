namespace Shoal.Sync.Jobs;

/// <summary>What jobs have done since the process began.</summary>
/// <remarks>Thread: safe.</remarks>
public sealed class JobCounters
{
    private long _runs;
    private long _tenants;
    private long _retries;
    private long _failed;
    private long _differing;
    private long _rowsWritten;

    /// <summary>Runs that ended.</summary>
    public long Runs => Interlocked.Read(ref _runs);

    /// <summary>Tenants that were made right and compared.</summary>
    public long Tenants => Interlocked.Read(ref _tenants);

    /// <summary>Times a tenant has to be tried again.</summary>
    public long Retries => Interlocked.Read(ref _retries);

    /// <summary>Tenants that a run has given up.</summary>
    public long Failed => Interlocked.Read(ref _failed);

    /// <summary>Rows that were missing, too many or different.</summary>
    public long Differing => Interlocked.Read(ref _differing);

    /// <summary>Rows and index entries written for them, as metered.</summary>
    public long RowsWritten => Interlocked.Read(ref _rowsWritten);

    internal void End() => Interlocked.Increment(ref _runs);

    internal void Tenant() => Interlocked.Increment(ref _tenants);

    internal void Retry() => Interlocked.Increment(ref _retries);

    internal void Fail() => Interlocked.Increment(ref _failed);

    internal void Write(long differing, long rowsWritten)
    {
        Interlocked.Add(ref _differing, differing);
        Interlocked.Add(ref _rowsWritten, rowsWritten);
    }
}
