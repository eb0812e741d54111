using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Shoal.Server.Http;

/// <summary>Which page of a list a client asks for.</summary>
/// <param name="Page">From 1.</param>
/// <param name="PerPage">From 1.</param>
internal readonly record struct Paging(int Page, int PerPage)
{
    /// <summary>D1 documents the range 10 to 10,000; smaller pages do no harm.</summary>
    private const int PerPageMax = 10_000;

    public static Paging Read(IQueryCollection query, int perPageDefault) => new(
        Number(query, "page", 1, int.MaxValue),
        Number(query, "per_page", perPageDefault, PerPageMax));

    /// <summary>The page of a list that is all there.</summary>
    public List<T> Of<T>(List<T> all)
    {
        var start = (long)(Page - 1) * PerPage;
        return start >= all.Count ? [] : all.GetRange((int)start, (int)Math.Min(PerPage, all.Count - start));
    }

    /// <summary>A whole number from 1 on of the query string.</summary>
    public static int Number(IQueryCollection query, string name, int otherwise, int max)
    {
        if (!query.TryGetValue(name, out var text))
        {
            return otherwise;
        }

        return int.TryParse(text.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            && value >= 1 && value <= max
                ? value
                : throw RequestException.Malformed($"{name} must be a whole number from 1 to {max}");
    }
}
