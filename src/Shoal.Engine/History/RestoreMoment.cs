namespace Shoal.Engine.History;

/// <summary>Which state of a database is meant: by a bookmark, or by a moment.</summary>
public readonly record struct RestoreMoment
{
    private RestoreMoment(string? bookmark, DateTimeOffset? time)
    {
        Bookmark = bookmark;
        Time = time;
    }

    /// <summary>The text of a bookmark; null when a time is given.</summary>
    public string? Bookmark { get; }

    /// <summary>The newest commit that is not later is meant; null when a bookmark is given.</summary>
    public DateTimeOffset? Time { get; }

    /// <summary>The state right after a commit.</summary>
    public static RestoreMoment At(string bookmark) => new(bookmark, time: null);

    /// <summary>The state at a moment.</summary>
    public static RestoreMoment At(DateTimeOffset time) => new(bookmark: null, time);
}
