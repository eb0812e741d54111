namespace Shoal.Protocol.D1;

/// <summary>A commit that has a name.</summary>
/// <param name="Name">Stands wherever a bookmark is taken.</param>
/// <param name="Bookmark">The commit.</param>
/// <param name="CreatedAt">When it was named, ISO 8601.</param>
/// <param name="Automatic">Whether it was taken before a migration.</param>
public sealed record NamedBookmarkInfo(string Name, string Bookmark, string CreatedAt, bool Automatic);
