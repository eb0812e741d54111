namespace Shoal.Sync.Queue;

/// <summary>A message that was read and found right.</summary>
/// <param name="Tenant">Whose row.</param>
/// <param name="Table">Which table.</param>
/// <param name="Key">Which row, as text.</param>
/// <param name="Operation">What becomes of it.</param>
/// <param name="Data">The columns, as the JSON that was sent.</param>
/// <param name="Version">Its place among messages for the same row; null for the order of arrival.</param>
/// <param name="IdempotencyKey">Tells that it was sent before.</param>
/// <param name="Delay">Wait before it is applied.</param>
internal sealed record PushMessage(string Tenant, string Table, string Key, PushOperation Operation, string Data, long? Version,
    string? IdempotencyKey, TimeSpan Delay);
