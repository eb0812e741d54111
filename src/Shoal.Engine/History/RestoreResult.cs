using Shoal.Protocol;

namespace Shoal.Engine.History;

/// <summary>What a restore in place has done.</summary>
/// <param name="Restored">The state that the database has again.</param>
/// <param name="Previous">The state right before; restoring it undoes the restore.</param>
/// <param name="Current">The commit that the restore was.</param>
public sealed record RestoreResult(Bookmark Restored, Bookmark Previous, Bookmark Current)
{
    /// <summary>Whether all of it was put together, and not only what has changed since; for tests and benchmarks.</summary>
    internal bool IsWhole { get; init; }
}
