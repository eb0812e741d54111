using Shoal.Protocol;

namespace Shoal.Engine.History;

/// <summary>A span of time in which every commit of a database can be restored.</summary>
/// <param name="First">The oldest state.</param>
/// <param name="FirstTime">Since when the database was like that.</param>
/// <param name="Last">The newest state.</param>
/// <param name="LastTime">Since when it was like that.</param>
public sealed record HistoryRange(Bookmark First, DateTimeOffset FirstTime, Bookmark Last, DateTimeOffset LastTime);
