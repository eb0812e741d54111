namespace Shoal.Samples.Webhook;

/// <summary>An event as it is stored.</summary>
internal sealed record StoredEvent(string Tenant, string Id, string Type, string Payload);
