using Shoal.Protocol;

namespace Shoal.Engine.History;

/// <summary>A span of time in which a database can be restored.</summary>
/// <param name="First">The oldest state.</param>
/// <param name="FirstTime">Since when the database was like that.</param>
/// <param name="Last">The newest state.</param>
/// <param name="LastTime">Since when it was like that.</param>
/// <param name="EveryCommitSince">From then on every commit can be restored; of those before, at least the last of each minute.</param>
public sealed record HistoryRange(
    Bookmark First, DateTimeOffset FirstTime, Bookmark Last, DateTimeOffset LastTime, DateTimeOffset EveryCommitSince);
