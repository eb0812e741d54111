namespace Shoal.Sync;

/// <summary>What jobs of running syncs count, in Prometheus' text format.</summary>
/// <remarks>docs/reference/sync.md lists the metrics.</remarks>
public static class JobExport
{
    /// <summary>All metrics of all sources.</summary>
    public static string Write(IReadOnlyCollection<SyncSource> sources)
    {
        ArgumentNullException.ThrowIfNull(sources);
        return new MetricsText<SyncSource>(sources, static source => source.Name)
            .Counter("shoal_sync_job_runs_total", "Runs of jobs that ended.", static source => source.Jobs.Runs)
            .Counter("shoal_sync_job_tenants_total", "Tenants that jobs made right and compared.", static source => source.Jobs.Tenants)
            .Counter("shoal_sync_job_retries_total", "Times that a tenant has to be tried again.", static source => source.Jobs.Retries)
            .Counter("shoal_sync_job_tenants_failed_total", "Tenants that a run has given up.", static source => source.Jobs.Failed)
            .Counter("shoal_sync_job_differing_rows_total", "Rows that were missing, too many or different.",
                static source => source.Jobs.Differing)
            .Counter("shoal_sync_job_rows_written_total", "Rows and index entries written for them, as metered.",
                static source => source.Jobs.RowsWritten)
            .ToString();
    }
}
