using Shoal.Sync.State;

namespace Shoal.Sync;

/// <summary>How a source stands.</summary>
/// <param name="Source">Its name.</param>
/// <param name="Phase">new, copying, streaming, queue or paused.</param>
/// <param name="IsRunning">Whether somebody reads the slot.</param>
/// <param name="SlotStatus">What PostgreSQL says of the slot; <c>missing</c> when there is none, <c>none</c> when none is needed.</param>
/// <param name="LagBytes">Log that was not confirmed yet.</param>
/// <param name="RetainedBytes">Log that PostgreSQL keeps for the slot.</param>
/// <param name="Numbers">What the running sync counts.</param>
/// <param name="Tenants">All tenants.</param>
public sealed record SyncStatus(string Source, string Phase, bool IsRunning, string SlotStatus, long LagBytes, long RetainedBytes,
    IReadOnlyDictionary<string, long> Numbers, IReadOnlyList<TenantStatus> Tenants)
{
    /// <summary>The slot of a source that has only a queue.</summary>
    public const string NoSlot = "none";
}
