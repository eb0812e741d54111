namespace Shoal.Sync;

/// <summary>What running queues count, in Prometheus' text format.</summary>
/// <remarks>docs/reference/sync.md lists the metrics.</remarks>
public static class QueueExport
{
    /// <summary>All metrics of all queues; nothing without queues.</summary>
    public static string Write(IReadOnlyCollection<SyncQueue> queues)
    {
        ArgumentNullException.ThrowIfNull(queues);
        return queues.Count == 0 ? "" : new MetricsText<SyncQueue>(queues, static queue => queue.Name)
            .Gauge("shoal_sync_queue_up", "Whether messages are applied: 1, or 0 while it is paused or its server is away.",
                static queue => queue.IsRunning ? 1 : 0)
            .Gauge("shoal_sync_queue_depth", "Messages that wait.", static queue => queue.Counters.Waiting)
            .Gauge("shoal_sync_queue_dead", "Messages that were given up and wait for a decision.", static queue => queue.Counters.Dead)
            .Gauge("shoal_sync_queue_lag_seconds", "From due to durable at the tenant, of the newest batch's oldest message.",
                static queue => queue.Counters.Lag.TotalSeconds)
            .Counter("shoal_sync_queue_accepted_total", "Messages taken.", static queue => queue.Counters.Accepted)
            .Counter("shoal_sync_queue_duplicates_total", "Messages whose idempotency key was known.",
                static queue => queue.Counters.Duplicates)
            .Counter("shoal_sync_queue_refused_total", "Requests that were wrong or found the queue full.",
                static queue => queue.Counters.Refused)
            .Counter("shoal_sync_queue_applied_total", "Messages applied.", static queue => queue.Counters.Applied)
            .Counter("shoal_sync_queue_obsolete_total", "Messages that came after a newer one of their row, or again.",
                static queue => queue.Counters.Obsolete)
            .Counter("shoal_sync_queue_batches_total", "Batches committed at tenants.", static queue => queue.Counters.Batches)
            .Counter("shoal_sync_queue_rows_written_total", "Rows and index entries that tenants wrote, as metered.",
                static queue => queue.Counters.RowsWritten)
            .Counter("shoal_sync_queue_retries_total", "Messages put back after a refusal.", static queue => queue.Counters.Retries)
            .Counter("shoal_sync_queue_dead_letters_total", "Messages given up.", static queue => queue.Counters.DeadLetters)
            .ToString();
    }
}
