namespace Shoal.Cli.Targets;

/// <summary>What a restore has done.</summary>
/// <param name="Bookmark">The state that the database has again.</param>
/// <param name="PreviousBookmark">The state right before.</param>
internal sealed record RestoreSummary(string Bookmark, string PreviousBookmark);
