namespace Shoal.Client.D1;

/// <summary>Where a session's first request may be served, as D1 names it.</summary>
public static class SessionStart
{
    /// <summary>By the primary: it sees the newest data.</summary>
    public const string FirstPrimary = "first-primary";

    /// <summary>By whoever answers first. What D1 does when nothing is said.</summary>
    public const string FirstUnconstrained = "first-unconstrained";

    internal static bool IsBookmark(string start) => start is not (FirstPrimary or FirstUnconstrained);
}
