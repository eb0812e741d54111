using Shoal.Protocol;

namespace Shoal.Engine.Catalog;

/// <summary>A commit of a database that has a name; its state stays for as long as history is kept.</summary>
/// <param name="Name">Unique in its database.</param>
/// <param name="Bookmark">The commit.</param>
/// <param name="CreatedAt">When it was named.</param>
/// <param name="IsAutomatic">Whether it was taken before a migration; the oldest of these make room for new ones.</param>
public sealed record NamedBookmark(string Name, Bookmark Bookmark, DateTimeOffset CreatedAt, bool IsAutomatic);
