namespace Shoal.Sync.State;

/// <summary>What the sync remembers of a source.</summary>
/// <param name="SystemId">Which PostgreSQL cluster.</param>
/// <param name="Timeline">Its history; another one after a fail-over or a restore.</param>
/// <param name="Slot">The slot.</param>
/// <param name="ConfirmedLsn">What was confirmed; never less than PostgreSQL knows, unless the slot is not ours.</param>
/// <param name="Phase">copying or streaming.</param>
/// <param name="SchemaHash">The plan that all tenants follow.</param>
internal sealed record SourceState(string SystemId, long Timeline, string Slot, ulong ConfirmedLsn, string Phase, string SchemaHash);
