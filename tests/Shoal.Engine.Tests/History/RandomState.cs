namespace Shoal.Engine.Tests.History;

/// <summary>What a database was after a step.</summary>
/// <param name="Bookmark">Its name.</param>
/// <param name="Time">A moment that means this state; null when there is none for certain.</param>
/// <param name="CommittedAt">The time of its commit; null when that is not certain.</param>
/// <param name="Dump">What it held.</param>
/// <param name="IsKnown">Whether somebody has asked for its bookmark.</param>
internal sealed record RandomState(
    string Bookmark, DateTimeOffset? Time, DateTimeOffset? CommittedAt, string Dump, bool IsKnown = false);
