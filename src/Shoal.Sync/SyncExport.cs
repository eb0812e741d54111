using System.Globalization;
using System.Text;

namespace Shoal.Sync;

/// <summary>What a running sync counts, in Prometheus' text format.</summary>
/// <remarks>docs/reference/sync.md lists the metrics.</remarks>
public static class SyncExport
{
    /// <summary>All metrics of all sources.</summary>
    public static string Write(IReadOnlyCollection<SyncSource> sources)
    {
        ArgumentNullException.ThrowIfNull(sources);
        var text = new StringBuilder();
        Add("shoal_sync_up", "gauge", "Whether the source streams: 1, or 0 while it connects, copies or is paused.",
            static source => source.IsStreaming ? 1 : 0);
        Add("shoal_sync_lag_seconds", "gauge", "From commit in PostgreSQL to durable at the tenant, of the newest transaction.",
            static source => source.Lag.TotalSeconds);
        Add("shoal_sync_confirmed_lsn", "gauge", "Position in PostgreSQL's log up to which all tenants are durable.",
            static source => source.Confirmed);
        Add("shoal_sync_rows_total", "counter", "Changes applied from the stream.",
            static source => source.Counters.Rows);
        Add("shoal_sync_transactions_total", "counter", "Transactions that all their tenants have.",
            static source => source.Counters.Transactions);
        Add("shoal_sync_batches_total", "counter", "Batches sent for changes.",
            static source => source.Counters.Batches);
        Add("shoal_sync_skipped_replayed_total", "counter", "Parts of transactions that a tenant had already.",
            static source => source.Counters.Skipped);
        Add("shoal_sync_copy_rows_total", "counter", "Rows copied.",
            static source => source.Counters.Copied);
        Add("shoal_sync_resyncs_total", "counter", "Tenants that were copied again.",
            static source => source.Counters.Resyncs);
        Add("shoal_sync_dead_letters_total", "counter", "Rows put aside because a database refused them.",
            static source => source.Counters.DeadLetters);
        Add("shoal_sync_moves_total", "counter", "Rows that changed their tenant.",
            static source => source.Counters.Moves);
        Add("shoal_sync_toast_partial_total", "counter", "Updates that came without a large value, because that did not change.",
            static source => source.Counters.Partial);
        Add("shoal_sync_unrouted_total", "counter", "Rows without a tenant.",
            static source => source.Counters.Unrouted);
        Add("shoal_sync_reconnects_total", "counter", "Times the stream was begun again.",
            static source => source.Counters.Reconnects);
        Add("shoal_sync_pending_rows", "gauge", "Changes in memory that are not durable yet.",
            static source => source.PendingRows);
        Add("shoal_sync_slot_retained_bytes", "gauge", "Log that PostgreSQL keeps for the slot.",
            static source => source.Counters.Slot?.RetainedBytes);
        Add("shoal_sync_slot_lag_bytes", "gauge", "Log behind what was confirmed.",
            static source => source.Counters.Slot?.LagBytes);
        Add("shoal_sync_slot_safe_bytes", "gauge", "Log that may be written before PostgreSQL gives the slot up; absent without a bound.",
            static source => source.Counters.Slot?.SafeBytes);
        return text.ToString();

        void Add(string name, string type, string help, Func<SyncSource, double?> value)
        {
            text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} {type}\n");
            foreach (var source in sources)
            {
                if (value(source) is { } number)
                {
                    text.Append(CultureInfo.InvariantCulture, $"{name}{{source=\"{source.Name}\"}} {number:R}\n");
                }
            }
        }
    }
}
