namespace Shoal.Sync.Jobs;

/// <summary>How a job stands.</summary>
/// <param name="Name">The job.</param>
/// <param name="Run">Counts runs; zero before the first.</param>
/// <param name="State">idle, requested, running, done or failed.</param>
/// <param name="Started">When the last run began, or the job was first seen.</param>
/// <param name="Ended">When the last run ended; null while it runs or before the first.</param>
public sealed record JobStatus(string Name, long Run, string State, DateTimeOffset Started, DateTimeOffset? Ended)
{
    public const string Idle = "idle";
    public const string Requested = "requested";
    public const string Running = "running";
    public const string Done = "done";
    public const string Failed = "failed";

    /// <summary>The tenants of the last run.</summary>
    public IReadOnlyList<JobTenant> Tenants { get; init; } = [];

    /// <summary>Rows and index entries that the run has written, as metered.</summary>
    public long RowsWritten => Tenants.Sum(static one => one.RowsWritten);
}
