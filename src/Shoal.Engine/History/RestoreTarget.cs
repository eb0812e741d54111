using Shoal.Protocol;

namespace Shoal.Engine.History;

/// <summary>The state that a moment means, and how to put it together.</summary>
/// <param name="Bookmark">The state.</param>
/// <param name="IsCurrent">Whether the database is like that now.</param>
/// <param name="Plans">The ways to it, the quickest first.</param>
internal sealed record RestoreTarget(Bookmark Bookmark, bool IsCurrent, IReadOnlyList<RestorePlan> Plans);
