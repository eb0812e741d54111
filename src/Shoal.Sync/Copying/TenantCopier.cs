using Npgsql;
using Shoal.Client;
using Shoal.Sync.Apply;
using Shoal.Sync.Configuration;
using Shoal.Sync.Plan;
using Shoal.Sync.Postgres;
using Shoal.Sync.Values;

namespace Shoal.Sync.Copying;

/// <summary>Copies one tenant or all of them, as of one moment of PostgreSQL.</summary>
/// <remarks>
/// Invariant: a tenant that readers may see is filled aside and put in place by one batch, which writes only rows that differ.
/// What the copy has seen is stored with it, so that the stream skips exactly those transactions.
/// </remarks>
internal sealed class TenantCopier(SourceServer server, LaneContext context, TenantDirectory directory)
{
    private const int WaitingRowsMax = 200_000;

    private readonly SyncPlan _plan = context.Plan;

    /// <summary>Copies one tenant, whose lane holds what comes meanwhile.</summary>
    /// <returns>Rows, and why the database refused them.</returns>
    public async Task<(long Rows, string? Failure)> CopyOneAsync(TenantLane lane, CancellationToken cancellation)
    {
        await using var connection = await server.OpenAsync(cancellation);
        var (transaction, snapshot) = await SourceServer.BeginSnapshotAsync(connection, cancellation);
        await using (transaction)
        {
            var target = await BeginAsync(lane, cancellation);
            var rows = 0L;
            foreach (var table in _plan.Tables)
            {
                if (table.Route.Kind != RouteKind.Single || table.Route.Tenant == lane.Tenant)
                {
                    rows += await ReadAsync(connection, table, lane.Tenant, (row, bytes, _) =>
                        target.AddAsync(table, row, bytes, cancellation), cancellation);
                }
            }

            await FinishAsync(target, snapshot, cancellation);
            return (rows, target.Failure);
        }
    }

    /// <summary>Copies all tenants: those that have rows, and those that are known.</summary>
    public async Task<(long Rows, int Tenants)> CopyAllAsync(CancellationToken cancellation)
    {
        await using var connection = await server.OpenAsync(cancellation);
        var (transaction, snapshot) = await SourceServer.BeginSnapshotAsync(connection, cancellation);
        await using (transaction)
        {
            var targets = new Dictionary<string, CopyTarget>(StringComparer.Ordinal);
            foreach (var group in directory.Names.Chunk(context.Settings.Apply.Workers))
            {
                foreach (var target in await Task.WhenAll(group.Select(async tenant =>
                    await BeginAsync(await directory.GetAsync(tenant), cancellation))))
                {
                    targets[target.Lane.Tenant] = target;
                }
            }

            var rows = 0L;
            foreach (var table in _plan.Tables.OrderBy(static table => table.Route.Kind == RouteKind.Broadcast))
            {
                rows += await ReadAsync(connection, table, null, async (row, bytes, tenant) =>
                {
                    if (table.Route.Kind == RouteKind.Broadcast)
                    {
                        foreach (var target in targets.Values)
                        {
                            await target.AddAsync(table, row, bytes, cancellation);
                        }
                    }
                    else if ((table.Route.Kind == RouteKind.Single ? table.Route.Tenant : tenant) is { } key)
                    {
                        if (!targets.TryGetValue(key, out var target))
                        {
                            targets[key] = target = await BeginAsync(await directory.GetAsync(key), cancellation);
                        }

                        await target.AddAsync(table, row, bytes, cancellation);
                    }
                    else
                    {
                        context.Progress.Counters.Unroute();
                    }
                }, cancellation, () => FlushWhenFullAsync(targets, cancellation));
            }

            foreach (var group in targets.Values.Chunk(context.Settings.Apply.Workers))
            {
                await Task.WhenAll(group.Select(target => FinishAsync(target, snapshot, cancellation)));
            }

            return (rows, targets.Count);
        }
    }

    private static async Task FlushWhenFullAsync(Dictionary<string, CopyTarget> targets, CancellationToken cancellation)
    {
        if (targets.Values.Sum(static target => (long)target.Waiting) > WaitingRowsMax)
        {
            foreach (var target in targets.Values)
            {
                await target.FlushAsync(cancellation);
            }
        }
    }

    private async Task<CopyTarget> BeginAsync(TenantLane lane, CancellationToken cancellation)
    {
        // As it is now: the database may have been deleted meanwhile. Nobody relies on a tenant whose first copy has not ended.
        try
        {
            var state = await lane.Writer.OpenAsync(cancellation);
            var aside = state.IsCopied;
            var target = new CopyTarget(lane, aside, state.SchemaHash != _plan.SchemaHash, context.Slots);
            await lane.Writer.BeginCopyAsync(target.Token, aside, cancellation);
            return target;
        }
        catch (ShoalException error) when (!error.IsTransient)
        {
            var target = new CopyTarget(lane, aside: true, rebuild: false, context.Slots);
            target.Fail(error.Reason);
            return target;
        }
    }

    private async Task FinishAsync(CopyTarget target, SourceSnapshot snapshot, CancellationToken cancellation)
    {
        await target.ArriveAsync(cancellation);
        if (target.Failure is null)
        {
            try
            {
                var state = await target.Lane.Writer.FinishCopyAsync(target.Token, target.Aside, target.Rebuild, snapshot, cancellation);
                await context.Store.SetCopiedAsync(target.Lane.Tenant, cancellation);
                target.Lane.Release(state);
                return;
            }
            catch (ShoalException error) when (!error.IsTransient)
            {
                target.Fail(error.Reason);
            }
        }

        // On record before what was kept is dropped; after a while it is tried again.
        SyncLog.NeedsResync(context.Log, target.Lane.Tenant, target.Failure!);
        await context.Store.SetStatusAsync(target.Lane.Tenant, "needsResync", target.Failure!, cancellation);
        target.Lane.Abandon();
    }

    private async Task<long> ReadAsync(NpgsqlConnection connection, TablePlan table, string? tenant,
        Func<SqlValue[], int, string?, ValueTask> take, CancellationToken cancellation, Func<Task>? between = null)
    {
        const int Between = 10_000;
        var rows = 0L;
        var fields = new string?[table.Columns.Count + 1];
        using var reader = await connection.BeginTextExportAsync($"COPY ({table.CopyQuery(tenant)}) TO STDOUT", cancellation);
        while (await reader.ReadLineAsync(cancellation) is { } line)
        {
            CopyLine.Split(line, fields);
            SqlValue[] row;
            try
            {
                row = [.. table.Columns.Select((column, index) => ValueConverter.Convert(fields[index], column.Type))];
            }
            catch (Exception error) when (error is FormatException or OverflowException)
            {
                var owner = fields[^1] ?? tenant ?? table.Route.Tenant;
                context.Progress.Counters.DeadLetter();
                await context.Store.AddDeadLetterAsync(owner, table.Name, "Copy",
                    string.Join(',', table.Keys.Select(key => fields[key])), error.Message, 0, cancellation);
                continue;
            }

            await take(row, line.Length + (16 * row.Length), fields[^1]);
            rows++;
            if (rows % Between == 0)
            {
                context.Progress.Counters.Copy(Between);
                if (between is not null)
                {
                    await between();
                }
            }
        }

        context.Progress.Counters.Copy((int)(rows % Between));
        return rows;
    }
}
