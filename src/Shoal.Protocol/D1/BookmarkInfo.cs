namespace Shoal.Protocol.D1;

/// <summary>Result of <c>GET /time_travel/bookmark</c>.</summary>
/// <param name="Bookmark">The bookmark.</param>
public sealed record BookmarkInfo(string Bookmark);
