using Npgsql;
using Shoal.Client;
using Shoal.Sync.Apply;
using Shoal.Sync.Configuration;
using Shoal.Sync.Plan;
using Shoal.Sync.Postgres;
using Shoal.Sync.State;
using Shoal.Sync.Streaming;

namespace Shoal.Sync.Copying;

/// <summary>Copies one tenant or all of them, as of one moment of PostgreSQL.</summary>
/// <remarks>
/// Invariant: a tenant that readers may see is filled aside and put in place by one batch, which writes only rows that differ.
/// What the copy has seen is stored with it, so that the stream skips exactly those transactions.
/// </remarks>
internal sealed class TenantCopier(SourceServer server, LaneContext context, TenantDirectory directory)
{
    private const long WaitingBytesMax = 32 * 1024 * 1024;

    private readonly SyncPlan _plan = context.Plan;

    /// <summary>Copies one tenant, whose lane holds what comes meanwhile.</summary>
    /// <returns>Rows, and why the database refused them.</returns>
    /// <exception cref="CommitHiddenException">PostgreSQL does not show what it has sent.</exception>
    public async Task<(long Rows, string? Failure)> CopyOneAsync(TenantLane lane, CancellationToken cancellation)
    {
        // What the lane has applied or dropped before does not come again, so the copy must have it.
        await context.Commits.ShowAsync(server, cancellation);
        return await CopyOneAsync(lane, async (_, snapshot, target) =>
        {
            await FinishAsync(target, snapshot, cancellation);
            return target.Failure;
        }, cancellation);
    }

    /// <summary>Copies one tenant where nobody looks, and lets the copy be compared at the same moment of PostgreSQL.</summary>
    /// <returns>Rows, and why the database refused them.</returns>
    public Task<(long Rows, string? Failure)> RehearseAsync(TenantLane lane, Func<NpgsqlConnection, TablePlan, Task> compare,
        CancellationToken cancellation) => CopyOneAsync(lane, async (connection, snapshot, target) =>
    {
        await target.ArriveAsync(cancellation);
        if (target.Failure is null)
        {
            await lane.Writer.FinishCopyAsync(target.Token, target.Aside, target.Rebuild, snapshot, cancellation);
            foreach (var table in _plan.Tables.Where(table => table.Route.Kind != RouteKind.Single || table.Route.Tenant == lane.Tenant))
            {
                await compare(connection, table);
            }
        }

        return target.Failure;
    }, cancellation);

    private async Task<(long Rows, string? Failure)> CopyOneAsync(TenantLane lane,
        Func<NpgsqlConnection, SourceSnapshot, CopyTarget, Task<string?>> finish, CancellationToken cancellation)
    {
        await using var connection = await server.OpenAsync(cancellation);
        var (transaction, snapshot) = await SourceServer.BeginSnapshotAsync(connection, cancellation);
        await using (transaction)
        {
            var target = new CopyTarget(() => ValueTask.FromResult(lane), isOpen: false, context, cancellation);
            var rows = 0L;
            foreach (var table in _plan.Tables)
            {
                if (table.Route.Kind != RouteKind.Single || table.Route.Tenant == lane.Tenant)
                {
                    rows += await ReadAsync(connection, table, lane.Tenant, (row, _) =>
                        target.AddAsync(table, row, cancellation), (_, refused) => target.Refuse(refused), cancellation);
                }
            }

            return (rows, await finish(connection, snapshot, target));
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
            foreach (var tenant in directory.Names)
            {
                TargetOf(tenant, targets, cancellation);
            }

            var rows = 0L;
            foreach (var table in _plan.Tables.OrderBy(static table => table.Route.Kind == RouteKind.Broadcast))
            {
                rows += await ReadAsync(connection, table, null, async (row, tenant) =>
                {
                    if (table.Route.Kind == RouteKind.Broadcast)
                    {
                        foreach (var target in targets.Values)
                        {
                            await target.AddAsync(table, row, cancellation);
                        }
                    }
                    else if ((table.Route.Kind == RouteKind.Single ? table.Route.Tenant : tenant) is { } key)
                    {
                        await TargetOf(key, targets, cancellation).AddAsync(table, row, cancellation);
                    }
                    else
                    {
                        context.Progress.Counters.Unroute();
                    }
                }, (tenant, refused) => Refuse(table, tenant, refused, targets, cancellation), cancellation,
                    () => FlushWhenFullAsync(targets, cancellation));
            }

            foreach (var group in targets.Values.Chunk(context.Settings.Apply.Workers))
            {
                await Task.WhenAll(group.Select(target => FinishAsync(target, snapshot, cancellation)));
            }

            return (rows, targets.Count);
        }
    }

    private void Refuse(TablePlan table, string? tenant, DeadRow refused, Dictionary<string, CopyTarget> targets,
        CancellationToken cancellation)
    {
        if (table.Route.Kind == RouteKind.Broadcast)
        {
            foreach (var target in targets.Values)
            {
                target.Refuse(refused);
            }
        }
        else if ((table.Route.Kind == RouteKind.Single ? table.Route.Tenant : tenant) is { } key)
        {
            TargetOf(key, targets, cancellation).Refuse(refused);
        }
    }

    private static async Task FlushWhenFullAsync(Dictionary<string, CopyTarget> targets, CancellationToken cancellation)
    {
        if (targets.Values.Sum(static target => target.Waiting) > WaitingBytesMax)
        {
            foreach (var target in targets.Values)
            {
                await target.FlushAsync(cancellation);
            }
        }
    }

    private CopyTarget TargetOf(string tenant, Dictionary<string, CopyTarget> targets, CancellationToken cancellation)
    {
        if (!targets.TryGetValue(tenant, out var target))
        {
            targets[tenant] = target = new CopyTarget(() => directory.GetAsync(tenant), isOpen: true, context, cancellation);
        }

        return target;
    }

    private async Task FinishAsync(CopyTarget target, SourceSnapshot snapshot, CancellationToken cancellation)
    {
        await target.ArriveAsync(cancellation);
        if (target.Failure is null)
        {
            try
            {
                var state = await target.Lane.Writer.FinishCopyAsync(target.Token, target.Aside, target.Rebuild, snapshot, cancellation);
                await context.Store.SetCopiedAsync(target.Lane.Tenant, _plan.SchemaHash, target.Refused, cancellation);
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
        Func<SqlValue[], string?, ValueTask> take, Action<string?, DeadRow> refuse, CancellationToken cancellation,
        Func<Task>? between = null)
    {
        const int Between = 10_000;
        var rows = 0L;
        var width = table.Columns.Count;
        var types = table.Columns.Select(static column => column.Type).ToArray();
        await using var reader = await CopyReader.OpenAsync(connection, table.CopyQuery(tenant), width + 1, cancellation);
        var row = new SqlValue[width];
        while (await reader.ReadAsync(cancellation))
        {
            try
            {
                for (var index = 0; index < row.Length; index++)
                {
                    row[index] = reader.Value(index, types[index]);
                }
            }
            catch (Exception error) when (error is FormatException or OverflowException)
            {
                context.Progress.Counters.DeadLetter();
                refuse(reader.Text(width), new DeadRow(table.Name, string.Join(',', table.Keys.Select(reader.Text)), error.Message));
                continue;
            }

            await take(row, reader.Text(width));
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
