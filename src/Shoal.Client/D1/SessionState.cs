namespace Shoal.Client.D1;

/// <summary>How far a session has seen its database: the constraint it began with, then the newest bookmark of its replies.</summary>
/// <remarks>Thread: safe. Invariant: never goes back; bookmarks of a database sort as text by age.</remarks>
internal sealed class SessionState(string start)
{
    private readonly Lock _gate = new();
    private string? _bookmark = SessionStart.IsBookmark(start) ? start : null;

    /// <summary>The newest bookmark; null before the first reply of a session that began with a constraint.</summary>
    public string? Bookmark
    {
        get
        {
            lock (_gate)
            {
                return _bookmark;
            }
        }
    }

    /// <summary>What a request says of the session.</summary>
    public string Token => Bookmark ?? start;

    /// <summary>A reply came with a bookmark.</summary>
    public void Seen(string? bookmark)
    {
        if (!string.IsNullOrEmpty(bookmark))
        {
            lock (_gate)
            {
                if (_bookmark is null || string.CompareOrdinal(bookmark, _bookmark) > 0)
                {
                    _bookmark = bookmark;
                }
            }
        }
    }
}
