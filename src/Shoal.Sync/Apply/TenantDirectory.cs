using System.Collections.Concurrent;
using Shoal.Client;
using Shoal.Sync.State;

namespace Shoal.Sync.Apply;

/// <summary>All tenants of a run; opens those that something comes for.</summary>
/// <remarks>Thread: safe. A tenant that nothing comes for is a name: no request, no lane.</remarks>
internal sealed class TenantDirectory(LaneContext context)
{
    private readonly ConcurrentDictionary<string, Lazy<Task<TenantLane>>> _lanes = new(StringComparer.Ordinal);

    /// <summary>All names; true for those that are on record.</summary>
    private readonly ConcurrentDictionary<string, bool> _names = new(StringComparer.Ordinal);

    /// <summary>Those that have been opened.</summary>
    public IEnumerable<TenantLane> Opened =>
        _lanes.Values.Where(static one => one.IsValueCreated && one.Value.IsCompletedSuccessfully).Select(static one => one.Value.Result);

    /// <summary>Tenants that need a copy.</summary>
    public ConcurrentQueue<TenantLane> Waiting { get; } = new();

    /// <summary>While all tenants are copied, nobody asks for a copy of its own.</summary>
    public bool IsCopyingAll { get; set; }

    public ValueTask<TenantLane> GetAsync(string tenant)
    {
        _names.TryAdd(tenant, false);
        var lane = _lanes.GetOrAdd(tenant, key => new Lazy<Task<TenantLane>>(() => OpenAsync(key)));
        return lane.Value.IsCompletedSuccessfully ? ValueTask.FromResult(lane.Value.Result) : new(lane.Value);
    }

    /// <summary>Names tenants that are on record before anything of theirs comes.</summary>
    public void Know(IEnumerable<string> tenants)
    {
        foreach (var tenant in tenants)
        {
            _names[tenant] = true;
        }
    }

    /// <summary>Opens tenants that may need a copy.</summary>
    public async Task OpenAsync(IEnumerable<string> tenants)
    {
        foreach (var group in tenants.Distinct(StringComparer.Ordinal).Chunk(context.Settings.Apply.Workers))
        {
            await Task.WhenAll(group.Select(tenant => GetAsync(tenant).AsTask()));
        }
    }

    /// <summary>Waits until no batch is on its way; what was not sent comes again.</summary>
    public Task StopAsync() => Task.WhenAll(Opened.Select(static lane => lane.StopAsync()));

    public IReadOnlyList<string> Names => [.. _names.Keys];

    public int Count => _names.Count;

    private async Task<TenantLane> OpenAsync(string tenant)
    {
        var writer = new TenantWriter(tenant, context);
        try
        {
            if (!_names[tenant])
            {
                // On record first: who copies all again must know of it.
                await context.PersistAsync(() => context.Store.AddTenantAsync(tenant, context.Stopping));
                _names[tenant] = true;
            }

            var state = await context.PersistAsync(() => writer.OpenAsync(context.Stopping));
            var lane = new TenantLane(tenant, context, writer, state);
            if (!IsCopyingAll && (!state.IsCopied || state.SchemaHash != context.Plan.SchemaHash))
            {
                await lane.HoldAsync();
                Waiting.Enqueue(lane);
            }

            return lane;
        }
        catch (ShoalException error)
        {
            SyncLog.NeedsResync(context.Log, tenant, error.Reason);
            await context.PersistAsync(() => context.Store.SetStatusAsync(tenant, "needsResync", error.Reason, context.Stopping));
            var lane = new TenantLane(tenant, context, writer, new TenantState(0, null, "", IsCopied: false));
            lane.Drop();
            return lane;
        }
    }
}
