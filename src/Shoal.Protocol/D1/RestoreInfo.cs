namespace Shoal.Protocol.D1;

/// <summary>Result of <c>POST /time_travel/restore</c>.</summary>
/// <param name="Bookmark">The state that the database has again.</param>
/// <param name="PreviousBookmark">The state right before; restoring it undoes the restore.</param>
/// <param name="Message">The same for people.</param>
public sealed record RestoreInfo(string Bookmark, string PreviousBookmark, string Message);
