using Shoal.Sync.Apply;

namespace Shoal.Sync;

/// <summary>What a running sync counts, in Prometheus' text format.</summary>
/// <remarks>docs/reference/sync.md lists the metrics.</remarks>
public static class SyncExport
{
    /// <summary>Tenants that have a metric of their own: more would be too many series.</summary>
    private const int TenantsMax = 10;

    /// <summary>All metrics of all sources.</summary>
    public static string Write(IReadOnlyCollection<SyncSource> sources)
    {
        ArgumentNullException.ThrowIfNull(sources);
        return new MetricsText<SyncSource>(sources, static source => source.Name)
            .Gauge("shoal_sync_up", "Whether the source streams: 1, or 0 while it connects, copies or is paused.",
                static source => source.IsStreaming ? 1 : 0)
            .Gauge("shoal_sync_lag_seconds", "From commit in PostgreSQL to durable at the tenant, of the newest transaction.",
                static source => source.Lag.TotalSeconds)
            .Gauge("shoal_sync_confirmed_lsn", "Position in PostgreSQL's log up to which all tenants are durable.",
                static source => source.Confirmed)
            .Counter("shoal_sync_rows_total", "Changes applied from the stream.",
                static source => source.Counters.Rows)
            .Counter("shoal_sync_transactions_total", "Transactions that all their tenants have.",
                static source => source.Counters.Transactions)
            .Counter("shoal_sync_batches_total", "Batches sent for changes.",
                static source => source.Counters.Batches)
            .Counter("shoal_sync_skipped_replayed_total", "Parts of transactions that a tenant had already.",
                static source => source.Counters.Skipped)
            .Counter("shoal_sync_copy_rows_total", "Rows copied.",
                static source => source.Counters.Copied)
            .Counter("shoal_sync_resyncs_total", "Tenants that were copied again.",
                static source => source.Counters.Resyncs)
            .Counter("shoal_sync_shed_total", "Tenants given up until a copy, because they held the slot back.",
                static source => source.Counters.Sheds)
            .Gauge("shoal_sync_slot_eta_seconds",
                "Time until the slot's log budget is used up at the present rate; absent while it is not.",
                static source => source.Counters.SlotEta?.TotalSeconds)
            .Counter("shoal_sync_backpressure_seconds_total",
                "Time in which the stream was held back, because tenants' databases were behind.",
                static source => source.Counters.Backpressure.TotalSeconds)
            .Gauge("shoal_sync_slot_left_ratio", "Part of the slot's log budget that is left; 1 without a bound.",
                static source => source.LogLeft)
            .Counter("shoal_sync_verified_tables_total", "Tables of tenants that were compared with PostgreSQL by themselves.",
                static source => source.Counters.Compared)
            .Counter("shoal_sync_drift_rows_total", "Rows found that were missing, too many or different.",
                static source => source.Counters.Drifted)
            .Counter("shoal_sync_repaired_rows_total", "Rows of them that were put right.",
                static source => source.Counters.Repaired)
            .Counter("shoal_sync_rehearsals_total", "Copies rehearsed in a database that is thrown away.",
                static source => source.Counters.Rehearsals)
            .Counter("shoal_sync_rehearsals_failed_total", "Rehearsals that did not end or were not right.",
                static source => source.Counters.FailedRehearsals)
            .Counter("shoal_sync_dead_letters_total", "Rows put aside because a database refused them.",
                static source => source.Counters.DeadLetters)
            .Counter("shoal_sync_moves_total", "Rows that changed their tenant.",
                static source => source.Counters.Moves)
            .Counter("shoal_sync_toast_partial_total", "Updates that came without a large value, because that did not change.",
                static source => source.Counters.Partial)
            .Counter("shoal_sync_unrouted_total", "Rows without a tenant.",
                static source => source.Counters.Unrouted)
            .Counter("shoal_sync_reconnects_total", "Times the stream was begun again.",
                static source => source.Counters.Reconnects)
            .Counter("shoal_sync_commit_waits_total", "Times that reading waited until PostgreSQL showed the commits that it had sent.",
                static source => source.CommitWaits)
            .Gauge("shoal_sync_pending_rows", "Changes in memory that are not durable yet.",
                static source => source.PendingRows)
            .Gauge("shoal_sync_slot_retained_bytes", "Log that PostgreSQL keeps for the slot.",
                static source => source.Counters.Slot?.RetainedBytes)
            .Gauge("shoal_sync_slot_lag_bytes", "Log behind what was confirmed.",
                static source => source.Counters.Slot?.LagBytes)
            .Gauge("shoal_sync_slot_safe_bytes", "Log that may be written before PostgreSQL gives the slot up; absent without a bound.",
                static source => source.Counters.Slot?.SafeBytes)
            .Several("shoal_sync_tenants", "gauge", "Tenants by state.",
                static source => source.TenantStates.Select(static one => ($"state=\"{one.State}\"", (double)one.Count)))
            .Gauge("shoal_sync_tenants_open", "Tenants that something has come for since the run began; the others are names only.",
                static source => source.OpenTenants)
            .Several("shoal_sync_slot_status", "gauge", "1 for what PostgreSQL says of the slot.",
                static source => source.Counters.Slot is { } slot ? [($"status=\"{slot.Status}\"", 1d)] : [])
            .Several("shoal_sync_table_rows_total", "counter", "Rows written from the stream, the last change of each in its batch.",
                static source => source.Counters.Tables.OrderBy(static one => one.Key, StringComparer.Ordinal)
                    .SelectMany(static one => Enum.GetValues<RowChangeKind>().Select(kind =>
                        ($"table=\"{MetricsText<SyncSource>.Escaped(one.Key)}\",op=\"{kind.ToString().ToLowerInvariant()}\"",
                            (double)one.Value.Of(kind)))))
            .Several("shoal_sync_tenant_rows_total", "counter", $"Changes applied, of the {TenantsMax} tenants with most of them.",
                static source => source.Counters.Tenants.OrderByDescending(static one => one.Value).Take(TenantsMax)
                    .Select(static one => ($"tenant=\"{MetricsText<SyncSource>.Escaped(one.Key)}\"", (double)one.Value)))
            .Histogram("shoal_sync_tx_rows", "Changes of a transaction.", static source => source.Counters.TransactionRows)
            .Histogram("shoal_sync_commit_rows", "Changes of a batch.", static source => source.Counters.BatchRows)
            .Histogram("shoal_sync_apply_seconds", "From sending a batch to its reply.", static source => source.Counters.ApplySeconds)
            .ToString();
    }
}
