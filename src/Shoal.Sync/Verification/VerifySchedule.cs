using Microsoft.Extensions.Logging;
using Shoal.Client;
using Shoal.Sync.Apply;
using Shoal.Sync.Configuration;
using Shoal.Sync.Copying;
using Shoal.Sync.Postgres;
using Shoal.Sync.Streaming;

namespace Shoal.Sync.Verification;

/// <summary>
/// Compares one tenant after the other with PostgreSQL, so that all have their turn within the time that is set, and now and then
/// rehearses a copy.
/// </summary>
internal sealed class VerifySchedule(SourceSettings settings, SourceServer server, LaneContext context, TenantDirectory directory,
    ILogger log)
{
    private readonly SyncVerifier _verifier = new(settings, context.Client) { Commits = context.Commits };
    private readonly CopyRehearsal _rehearsal = new(settings, server, context, directory);

    public Task RunAsync(CancellationToken cancellation) => Task.WhenAny(
        settings.Verify.Every > TimeSpan.Zero ? CompareAsync(cancellation) : Task.Delay(Timeout.Infinite, cancellation),
        settings.Verify.ShadowEvery > TimeSpan.Zero ? RehearseAsync(cancellation) : Task.Delay(Timeout.Infinite, cancellation)).Unwrap();

    private async Task CompareAsync(CancellationToken cancellation)
    {
        // Whoever restarts often must not compare only the first ones.
        for (var next = Random.Shared.Next(int.MaxValue); ; next++)
        {
            var tenants = directory.Names.Order(StringComparer.Ordinal).ToList();
            await Task.Delay(settings.Verify.Every / Math.Max(1, tenants.Count), cancellation);
            if (tenants.Count > 0)
            {
                await TryAsync(tenants[(next & int.MaxValue) % tenants.Count], CompareAsync, cancellation);
            }
        }
    }

    private async Task RehearseAsync(CancellationToken cancellation)
    {
        while (true)
        {
            await Task.Delay(settings.Verify.ShadowEvery, cancellation);
            var tenants = directory.Names;
            if (tenants.Count > 0)
            {
                await TryAsync(tenants[Random.Shared.Next(tenants.Count)], RehearseAsync, cancellation);
            }
        }
    }

    private async Task CompareAsync(TenantLane lane, CancellationToken cancellation)
    {
        foreach (var table in context.Plan.Tables.Where(table => table.Route.Kind != RouteKind.Single || table.Route.Tenant == lane.Tenant))
        {
            var found = await _verifier.CompareAsync(server, lane.Tenant, table, settings.Verify.Repairs, cancellation);
            context.Progress.Counters.Verify(found);
            if (found.Drifted > 0)
            {
                SyncLog.Drifted(log, lane.Tenant, found.Table, found.Drifted, found.Repaired);
            }
        }
    }

    private async Task RehearseAsync(TenantLane lane, CancellationToken cancellation)
    {
        var (rows, problem) = await _rehearsal.RunAsync(lane.Tenant, cancellation);
        context.Progress.Counters.Rehearse(problem is null);
        if (problem is null)
        {
            SyncLog.Rehearsed(log, lane.Tenant, rows);
        }
        else
        {
            SyncLog.RehearsalFailed(log, lane.Tenant, problem);
        }
    }

    /// <summary>What fails now is tried again when the tenant's turn comes; the stream goes on.</summary>
    private async Task TryAsync(string tenant, Func<TenantLane, CancellationToken, Task> run, CancellationToken cancellation)
    {
        var lane = await directory.GetAsync(tenant);
        if (lane.IsHeld || lane.NeedsResync)
        {
            return;
        }

        try
        {
            await run(lane, cancellation);
        }
        catch (Exception error) when (LostConnection.Is(error) || error is ShoalException or SyncException or CommitHiddenException)
        {
            SyncLog.VerifyFailed(log, tenant, error.Message);
        }
    }
}
