namespace Shoal.Sync.State;

/// <summary>How a tenant stands.</summary>
/// <param name="Tenant">Its key.</param>
/// <param name="Database">Its database.</param>
/// <param name="Status">streaming, degraded (rows were put aside) or needsResync.</param>
/// <param name="Reason">Why it is not streaming.</param>
public sealed record TenantStatus(string Tenant, string Database, string Status, string Reason);
