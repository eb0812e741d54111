using Microsoft.Extensions.Logging;
using Shoal.Client;
using Shoal.Sync.Configuration;
using Shoal.Sync.Plan;
using Shoal.Sync.State;

namespace Shoal.Sync.Apply;

/// <summary>What all tenants of a source share during one run.</summary>
internal sealed class LaneContext(SourceSettings settings, SyncPlan plan, ShoalClient client, StateStore store, Progress progress,
    ILogger log, CancellationToken stopping) : IDisposable
{
    private readonly TaskCompletionSource _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public SourceSettings Settings { get; } = settings;

    public SyncPlan Plan { get; } = plan;

    public ShoalClient Client { get; } = client;

    public StateStore Store { get; } = store;

    public Progress Progress { get; } = progress;

    public ILogger Log { get; } = log;

    public CancellationToken Stopping { get; } = stopping;

    /// <summary>Batches on their way at once.</summary>
    public SemaphoreSlim Slots { get; } = new(settings.Apply.Workers);

    /// <summary>Fails when going on would be wrong for all tenants.</summary>
    public Task Failed => _failed.Task;

    public void Fail(Exception error) => _failed.TrySetException(error);

    /// <summary>Runs what needs the server for as long as it takes the server to come back.</summary>
    public async Task<T> PersistAsync<T>(Func<Task<T>> run)
    {
        while (true)
        {
            try
            {
                return await run();
            }
            catch (ShoalException error) when (error.IsTransient)
            {
                SyncLog.ServerAway(Log, error.Reason);
                await Task.Delay(TimeSpan.FromMilliseconds(500), Stopping);
            }
        }
    }

    public Task PersistAsync(Func<Task> run) => PersistAsync(async () =>
    {
        await run();
        return true;
    });

    public void Dispose() => Slots.Dispose();
}
