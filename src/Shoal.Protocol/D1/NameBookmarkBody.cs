namespace Shoal.Protocol.D1;

/// <summary>Body of <c>POST /time_travel/bookmarks</c>.</summary>
public sealed record NameBookmarkBody
{
    /// <summary>The name, unique in the database. Required.</summary>
    public string? Name { get; init; }

    /// <summary>Which state; not together with a timestamp. Default: what the database is now.</summary>
    public string? Bookmark { get; init; }

    /// <summary>Which moment, ISO 8601.</summary>
    public string? Timestamp { get; init; }
}
