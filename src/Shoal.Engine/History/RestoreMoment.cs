using System.Globalization;

namespace Shoal.Engine.History;

/// <summary>Which state of a database is meant: by a bookmark, or by a moment.</summary>
public readonly record struct RestoreMoment
{
    /// <summary>The year 5138; a larger number is no number of seconds.</summary>
    private const long UnixSecondsMax = 100_000_000_000;

    private RestoreMoment(string? bookmark, DateTimeOffset? time)
    {
        Bookmark = bookmark;
        Time = time;
    }

    /// <summary>The text of a bookmark, or the name of one; null when a time is given.</summary>
    public string? Bookmark { get; }

    /// <summary>The newest commit that is not later is meant; null when a bookmark is given.</summary>
    public DateTimeOffset? Time { get; }

    /// <summary>The state right after a commit, by its bookmark or by the name that it was given.</summary>
    public static RestoreMoment At(string bookmark) => new(bookmark, time: null);

    /// <summary>The state at a moment.</summary>
    public static RestoreMoment At(DateTimeOffset time) => new(bookmark: null, time);

    private static readonly string[] Formats =
    [
        "yyyy-MM-dd", "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK",
        "yyyy-MM-dd HH:mmK", "yyyy-MM-dd HH:mm:ssK", "yyyy-MM-dd HH:mm:ss.FFFFFFFK",
    ];

    /// <summary>What a text means: a time (ISO 8601, or Unix seconds), a bookmark, or the name of one.</summary>
    public static RestoreMoment Of(string text)
    {
        // Names begin with a letter, so that none can be taken for a time.
        if (text.Length == 0 || !char.IsAsciiDigit(text[0]) || Protocol.Bookmark.TryParse(text, out _))
        {
            return At(text);
        }

        return TryParseTime(text, out var time) ? At(time) : At(text);
    }

    /// <summary>Reads a time: ISO 8601, in UTC where it does not say otherwise, or Unix seconds.</summary>
    public static bool TryParseTime(string text, out DateTimeOffset time)
    {
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds < UnixSecondsMax)
        {
            time = DateTimeOffset.FromUnixTimeSeconds(seconds);
            return true;
        }

        return DateTimeOffset.TryParseExact(text, Formats, CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out time);
    }
}
