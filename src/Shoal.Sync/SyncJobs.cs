using Npgsql;
using Shoal.Client;
using Shoal.Sync.Configuration;
using Shoal.Sync.Jobs;
using Shoal.Sync.Postgres;
using Shoal.Sync.State;

namespace Shoal.Sync;

/// <summary>Asks for runs of a source's jobs, and says how they stand. The running sync does the work.</summary>
/// <remarks>Errors: <see cref="SyncException"/> with a hint, <see cref="ShoalException"/> of the server.</remarks>
public sealed class SyncJobs(SourceSettings settings, ShoalClient client)
{
    private readonly JobStore _store = new(client, settings);

    /// <summary>All jobs of the source.</summary>
    public async Task<IReadOnlyList<JobStatus>> ListAsync(CancellationToken cancellation)
    {
        await CreateAsync(cancellation);
        var list = new List<JobStatus>();
        foreach (var job in settings.Jobs)
        {
            list.Add(await _store.FindAsync(job.Name, cancellation));
        }

        return list;
    }

    /// <summary>A job and the tenants of its last run.</summary>
    public async Task<JobStatus> FindAsync(string job, CancellationToken cancellation)
    {
        if (settings.Jobs.All(one => one.Name != job))
        {
            throw new SyncException($"the source {settings.Name} has no job {job}",
                settings.Jobs.Count == 0 ? "\"jobs\" of the source lists them"
                    : "it has " + string.Join(", ", settings.Jobs.Select(static one => one.Name)));
        }

        await CreateAsync(cancellation);
        return await _store.FindAsync(job, cancellation);
    }

    /// <summary>Asks the running sync to begin a run; joins one that is under way.</summary>
    /// <returns>The number of that run.</returns>
    public async Task<long> RequestAsync(string job, CancellationToken cancellation)
    {
        var status = await FindAsync(job, cancellation);
        await RequireRunningAsync(cancellation);
        if (status.State == JobStatus.Running)
        {
            return status.Run;
        }

        await _store.RequestAsync(job, cancellation);
        return status.Run + 1;
    }

    private async Task CreateAsync(CancellationToken cancellation)
    {
        await new StateStore(client, settings).CreateAsync(cancellation);
        await _store.CreateAsync(cancellation);
    }

    private async Task RequireRunningAsync(CancellationToken cancellation)
    {
        await using var server = new SourceServer(settings);
        try
        {
            if (await server.FindSlotAsync(cancellation) is not { IsActive: true })
            {
                throw new SyncException("the sync does not run, and it is what does the work", "start `shoal sync run FILE` beside it");
            }
        }
        catch (NpgsqlException error)
        {
            throw new SyncException($"PostgreSQL: {error.Message}", $"check \"connection\" of source {settings.Name}", error);
        }
    }
}
