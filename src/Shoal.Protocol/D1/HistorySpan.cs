namespace Shoal.Protocol.D1;

/// <summary>A span of time in which a database can be restored.</summary>
/// <param name="First">The oldest state.</param>
/// <param name="Last">The newest state.</param>
/// <param name="EveryCommitSince">
/// From then on every commit can be restored; of those before, at least the last of each minute. ISO 8601.
/// </param>
public sealed record HistorySpan(HistoryPoint First, HistoryPoint Last, string EveryCommitSince);
