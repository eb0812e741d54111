using System.Text.RegularExpressions;

namespace Shoal.Server.Http;

/// <summary>Reads the target of a request as the client wrote it.</summary>
/// <remarks>
/// Kestrel's own <c>Path</c> has its percent signs decoded once and <c>%2F</c> left alone, so that a value that holds either
/// cannot be told from it any more.
/// </remarks>
internal static partial class RequestTarget
{
    /// <summary>A text that a client gave, without what has the form of a token's secret; for error texts.</summary>
    public static string WithoutSecret(string text) => SecretForm().Replace(text, "shoal_…");

    /// <summary>Without the query, and without what may be a token before an <c>@</c>; for error texts.</summary>
    public static string WithoutToken(string rawTarget) => WithoutSecret(WithoutAddressToken(rawTarget));

    [GeneratedRegex("shoal_[A-Za-z0-9_-]{20,}", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex SecretForm();

    private static string WithoutAddressToken(string rawTarget)
    {
        var path = PathOf(rawTarget);
        var at = path.LastIndexOf('@');
        at = at < 0 ? path.LastIndexOf("%40", StringComparison.Ordinal) : at;
        if (at < 0)
        {
            return path.ToString();
        }

        var start = path[..at].LastIndexOf('/') + 1;
        return string.Concat(path[..start], "…", path[at..]);
    }

    /// <summary>
    /// Segment <paramref name="index"/> of a path of <paramref name="count"/> segments, percent-decoded; null when the target
    /// has another number of them, as one with dots has.
    /// </summary>
    public static string? Segment(string rawTarget, int index, int count)
    {
        var path = PathOf(rawTarget).Trim('/');
        string? found = null;
        var position = 0;
        foreach (var range in path.Split('/'))
        {
            if (position++ == index)
            {
                found = Uri.UnescapeDataString(path[range]);
            }
        }

        return position == count ? found : null;
    }

    /// <summary>The path of <c>/path?query</c> or, as proxies write it, <c>http://host/path?query</c>.</summary>
    private static ReadOnlySpan<char> PathOf(string rawTarget)
    {
        var path = rawTarget.AsSpan();
        if (path.Length > 0 && path[0] != '/')
        {
            var authority = path.IndexOf("://", StringComparison.Ordinal);
            path = authority < 0 ? path : path[(authority + 3)..];
            var slash = path.IndexOf('/');
            path = slash < 0 ? "/" : path[slash..];
        }

        var query = path.IndexOf('?');
        return query < 0 ? path : path[..query];
    }
}
