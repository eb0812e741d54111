using Microsoft.Extensions.Logging;
using Npgsql;
using Shoal.Client;
using Shoal.Sync.Apply;
using Shoal.Sync.Postgres;
using Shoal.Sync.State;
using Shoal.Sync.Streaming;

namespace Shoal.Sync.Copying;

/// <summary>Copies tenants that need it while the stream goes on: new ones, those that asked, those that failed.</summary>
internal sealed class Resyncer(SourceServer server, LaneContext context, TenantDirectory directory, StateStore store, ILogger log)
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(100);
    private const int PollsPerRequestCheck = 10;

    private readonly TenantCopier _copier = new(server, context, directory);
    private readonly Dictionary<string, DateTimeOffset> _failed = new(StringComparer.Ordinal);

    public async Task RunAsync(CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(PollInterval);
        for (var poll = 0; ; poll++)
        {
            while (directory.Waiting.TryDequeue(out var lane))
            {
                if (lane.IsHeld)
                {
                    await AloneAsync(lane, held: true, cancellation);
                }
            }

            if (context.LogIsShort.IsCancellationRequested)
            {
                await timer.WaitForNextTickAsync(cancellation);
                continue;
            }

            if (poll % PollsPerRequestCheck == 0)
            {
                if (await context.PersistAsync(() => store.IsPausedAsync(cancellation)))
                {
                    throw new SyncPausedException();
                }

                foreach (var tenant in await context.PersistAsync(() => store.ListRequestedAsync(cancellation)))
                {
                    if (!_failed.TryGetValue(tenant, out var again) || again <= DateTimeOffset.UtcNow)
                    {
                        // One that was opened just now may be held already, and waits.
                        var lane = await directory.GetAsync(tenant);
                        if (!lane.IsHeld)
                        {
                            await AloneAsync(lane, held: false, cancellation);
                        }
                    }
                }
            }

            await timer.WaitForNextTickAsync(cancellation);
        }
    }

    private async Task AloneAsync(TenantLane lane, bool held, CancellationToken cancellation)
    {
        await context.Copying.WaitAsync(cancellation);
        try
        {
            await CopyAsync(lane, held, cancellation);
        }
        finally
        {
            context.Copying.Release();
        }
    }

    private async Task CopyAsync(TenantLane lane, bool held, CancellationToken cancellation)
    {
        try
        {
            if (!held)
            {
                await lane.HoldAsync().WaitAsync(cancellation);
            }

            using var copying = CancellationTokenSource.CreateLinkedTokenSource(cancellation, context.LogIsShort);
            var (rows, failure) = await _copier.CopyOneAsync(lane, copying.Token);
            if (failure is not null)
            {
                _failed[lane.Tenant] = DateTimeOffset.UtcNow + context.Settings.Apply.ResyncDelay;
                return;
            }

            _failed.Remove(lane.Tenant);
            context.Progress.Counters.Resync();
            SyncLog.Resynced(log, lane.Tenant, rows);
        }
        catch (Exception error) when (error is ShoalException or PostgresException { IsTransient: false } or CommitHiddenException
            || (error is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            // On record before what was kept is dropped; after a while it is tried again.
            SyncLog.NeedsResync(log, lane.Tenant, error.Message);
            _failed[lane.Tenant] = DateTimeOffset.UtcNow + context.Settings.Apply.ResyncDelay;
            await context.PersistAsync(() => store.SetStatusAsync(lane.Tenant, "needsResync", error.Message, cancellation));
            lane.Abandon();
        }
    }
}
