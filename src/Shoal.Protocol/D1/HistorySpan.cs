namespace Shoal.Protocol.D1;

/// <summary>A span of time of which every commit can be restored.</summary>
/// <param name="First">The oldest state.</param>
/// <param name="Last">The newest state.</param>
public sealed record HistorySpan(HistoryPoint First, HistoryPoint Last);
