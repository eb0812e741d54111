namespace Shoal.Sync.Jobs;

/// <summary>How a tenant stands in a run of a job.</summary>
/// <param name="Tenant">Its key.</param>
/// <param name="Step">What is to be done next: fetch, write or verify; or done or failed.</param>
/// <param name="Attempts">How often it failed.</param>
/// <param name="Due">When it is tried next.</param>
/// <param name="Rows">Rows in PostgreSQL.</param>
/// <param name="Differing">Rows that were missing, too many or different.</param>
/// <param name="RowsWritten">Rows and index entries that were written for them, as metered.</param>
/// <param name="Error">Why it failed last; empty when it did not.</param>
public sealed record JobTenant(string Tenant, string Step, int Attempts, DateTimeOffset Due, long Rows, long Differing, long RowsWritten,
    string Error)
{
    public const string Fetch = "fetch";
    public const string Write = "write";
    public const string Verify = "verify";
    public const string Done = "done";
    public const string Failed = "failed";

    /// <summary>Whether nothing is left to be done.</summary>
    public bool IsSettled => Step is Done or Failed;
}
