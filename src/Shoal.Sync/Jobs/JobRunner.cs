using Microsoft.Extensions.Logging;
using Npgsql;
using Shoal.Client;
using Shoal.Sync.Apply;
using Shoal.Sync.Configuration;
using Shoal.Sync.Postgres;
using Shoal.Sync.Streaming;
using Shoal.Sync.Verification;

namespace Shoal.Sync.Jobs;

/// <summary>Runs the jobs of a source while it streams, tenant by tenant: fetch, write, verify.</summary>
/// <remarks>
/// Every step of every tenant is on record before the next one, so a run that was killed goes on with the tenants that are left. A
/// tenant that was killed in fetch or write is compared again: what is already there is not written again. Invariant: a tenant's rows
/// are written in one batch, with the moment of PostgreSQL that they are of.
/// </remarks>
internal sealed class JobRunner(SourceSettings settings, SourceServer server, ShoalClient client, LaneContext context,
    TenantDirectory directory, JobCounters counters, ILogger log)
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan CopyWait = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RetryDelayMax = TimeSpan.FromHours(1);

    private readonly JobStore _store = new(client, settings);

    /// <summary>Runs until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        if (settings.Jobs.Count == 0)
        {
            await Task.Delay(Timeout.Infinite, cancellation);
        }

        await context.PersistAsync(() => _store.CreateAsync(cancellation));
        using var timer = new PeriodicTimer(Poll);
        do
        {
            foreach (var job in settings.Jobs)
            {
                await context.PersistAsync(() => RunAsync(job, cancellation));
            }
        }
        while (await timer.WaitForNextTickAsync(cancellation));
    }

    private async Task RunAsync(JobSettings job, CancellationToken cancellation)
    {
        var status = await _store.FindAsync(job.Name, cancellation);
        if (status.State != JobStatus.Running)
        {
            if (status.State != JobStatus.Requested && !(job.Schedule?.After(status.Started) <= Now()))
            {
                return;
            }

            await _store.BeginAsync(job, status.Run, cancellation);
            status = await _store.FindAsync(job.Name, cancellation);
            SyncLog.JobBegins(log, job.Name, status.Run, status.Tenants.Count);
        }

        foreach (var tenant in status.Tenants.Where(one => !one.IsSettled && one.Due <= Now()))
        {
            await RunAsync(job, tenant, cancellation);
        }

        status = await _store.FindAsync(job.Name, cancellation);
        if (status.Tenants.All(static one => one.IsSettled))
        {
            var failed = status.Tenants.Count(static one => one.Step == JobTenant.Failed);
            await _store.EndAsync(job.Name, failed > 0 ? JobStatus.Failed : JobStatus.Done, cancellation);
            counters.End();
            SyncLog.JobEnds(log, job.Name, status.Run, status.RowsWritten, failed);
        }
    }

    private async Task RunAsync(JobSettings job, JobTenant tenant, CancellationToken cancellation)
    {
        try
        {
            if (tenant.Step != JobTenant.Verify)
            {
                if (await MakeRightAsync(job, tenant, cancellation) is not { } made)
                {
                    // Being copied whole, which is not this run's to wait for.
                    await _store.SaveAsync(job.Name, tenant with { Due = Now() + CopyWait }, cancellation);
                    return;
                }

                tenant = made with { Step = JobTenant.Verify };
                await _store.SaveAsync(job.Name, tenant, cancellation);
            }

            var drifted = 0;
            await foreach (var table in new SyncVerifier(settings, client).RunAsync([tenant.Tenant], repairs: false,
                job.Covers, cancellation))
            {
                drifted += table.Drifted;
            }

            if (drifted > 0)
            {
                throw new SyncException($"{drifted} rows differ after they were written", "who else writes to the tenant's tables?");
            }

            await _store.SaveAsync(job.Name, tenant with { Step = JobTenant.Done, Error = "" }, cancellation);
            counters.Tenant();
        }
        catch (Exception error) when (
            error is SyncException or FormatException or OverflowException or CommitHiddenException
            or PostgresException { IsTransient: false }
            or ShoalException { IsTransient: false })
        {
            await RetryAsync(job, tenant, error is ShoalException refused ? refused.Reason : error.Message, cancellation);
        }
    }

    private async Task RetryAsync(JobSettings job, JobTenant tenant, string error, CancellationToken cancellation)
    {
        // As it is on record: what was found before it failed is worth showing.
        tenant = (await _store.FindAsync(job.Name, cancellation)).Tenants.First(one => one.Tenant == tenant.Tenant);
        var gaveUp = tenant.Attempts >= job.Retries;
        var wait = job.RetryDelay * Math.Pow(2, Math.Min(tenant.Attempts, 20));
        SyncLog.JobTenantFailed(log, job.Name, tenant.Tenant, error);
        await _store.SaveAsync(job.Name, tenant with
        {
            Step = gaveUp ? JobTenant.Failed : JobTenant.Fetch,
            Attempts = tenant.Attempts + 1,
            Due = Now() + (wait < RetryDelayMax ? wait : RetryDelayMax),
            Error = error,
        }, cancellation);
        if (gaveUp)
        {
            counters.Fail();
        }
        else
        {
            counters.Retry();
        }
    }

    /// <summary>Fetches what differs and writes it, while the tenant's lane keeps what comes.</summary>
    /// <returns>Null when the tenant waits for a copy.</returns>
    private async Task<JobTenant?> MakeRightAsync(JobSettings job, JobTenant tenant, CancellationToken cancellation)
    {
        var lane = await directory.GetAsync(tenant.Tenant);
        await context.Copying.WaitAsync(cancellation);
        try
        {
            // About to be copied whole, or not the time to hold the slot back.
            if (lane.IsHeld || lane.NeedsResync || context.LogIsShort.IsCancellationRequested)
            {
                return null;
            }

            await lane.HoldAsync().WaitAsync(cancellation);
            var state = lane.State;
            using var fetching = CancellationTokenSource.CreateLinkedTokenSource(cancellation, context.LogIsShort);
            try
            {
                // What the lane has applied does not come again, so what is read must have it.
                await context.Commits.ShowAsync(server, fetching.Token);
                await using var connection = await server.OpenAsync(fetching.Token);
                var (transaction, snapshot) = await SourceServer.BeginSnapshotAsync(connection, fetching.Token);
                await using (transaction)
                {
                    var difference = new TenantDifference(tenant.Tenant, client.Database(settings.DatabaseOf(tenant.Tenant)));
                    foreach (var table in context.Plan.Tables.Where(table => job.Covers(table.Settings)))
                    {
                        await difference.AddAsync(connection, table, fetching.Token);
                    }

                    tenant = tenant with { Step = JobTenant.Write, Rows = difference.Rows, Differing = difference.Count };
                    await _store.SaveAsync(job.Name, tenant, cancellation);
                    if (difference.IsTooLarge)
                    {
                        await context.Store.SetStatusAsync(tenant.Tenant, "needsResync",
                            "more rows differ than fit into one batch", cancellation);
                        lane.Release(state);
                        return null;
                    }

                    if (difference.Count > 0)
                    {
                        (state, var written) = await lane.Writer.PatchAsync(state, difference.Tables,
                            job.Tables.Count == 0 ? snapshot : null, cancellation);
                        counters.Write(difference.Count, written);
                        tenant = tenant with { RowsWritten = tenant.RowsWritten + written };
                    }
                }

                lane.Release(state);
                return tenant;
            }
            catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
            {
                // Nothing was written yet.
                lane.Release(state);
                return null;
            }
            catch (Exception error) when (lane.IsHeld && error is not OperationCanceledException)
            {
                // Nothing was written, or the position tells; what was kept goes on from where the tenant is.
                lane.Release(await context.PersistAsync(() => lane.Writer.OpenAsync(cancellation)));
                throw;
            }
        }
        finally
        {
            context.Copying.Release();
        }
    }

    private static DateTimeOffset Now() => DateTimeOffset.UtcNow;
}
