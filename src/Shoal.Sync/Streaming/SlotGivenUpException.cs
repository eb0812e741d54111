namespace Shoal.Sync.Streaming;

/// <summary>PostgreSQL keeps too much log: the run ends, the slot is dropped, and all tenants are copied anew.</summary>
internal sealed class SlotGivenUpException() : Exception("PostgreSQL keeps too much log for the slot");
