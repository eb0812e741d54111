using System.Text.Json.Nodes;

namespace Shoal.Server.Analytics;

/// <summary>Orders the groups of a data set by <c>orderBy</c>: <c>sum_rowsRead_DESC</c>, <c>count_ASC</c>, <c>date_DESC</c>.</summary>
internal static class GroupOrder
{
    private const string Ascending = "_ASC";
    private const string Descending = "_DESC";

    /// <summary>What is ordered by, the most important first; empty when nothing is said.</summary>
    /// <param name="orderBy">What was asked for.</param>
    /// <param name="valueOf">What the words of a key mean, without its direction; null for none that exists.</param>
    public static IEnumerable<(T Value, bool IsDescending)> Read<T>(JsonNode? orderBy, Func<string[], T?> valueOf)
        where T : class
    {
        foreach (var key in Keys(orderBy))
        {
            var isDescending = key.EndsWith(Descending, StringComparison.Ordinal);
            if (!isDescending && !key.EndsWith(Ascending, StringComparison.Ordinal))
            {
                throw new GraphqlException($"orderBy \"{key}\" must end with _ASC or _DESC");
            }

            var words = key[..^(isDescending ? Descending : Ascending).Length].Split('_');
            yield return (valueOf(words) ?? throw new GraphqlException($"unknown order \"{key}\""), isDescending);
        }
    }

    /// <summary>The rows in order; null when nothing is said.</summary>
    /// <param name="orderBy">What was asked for.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="valueOf">What a row is ordered by, by the words of a key without its direction; null for none that exists.</param>
    public static IEnumerable<T>? Apply<T>(JsonNode? orderBy, IEnumerable<T> rows, Func<string[], Func<T, object>?> valueOf)
    {
        IOrderedEnumerable<T>? ordered = null;
        foreach (var (value, isDescending) in Read(orderBy, valueOf))
        {
            ordered = (ordered, isDescending) switch
            {
                (null, true) => rows.OrderByDescending(value),
                (null, false) => rows.OrderBy(value),
                (_, true) => ordered.ThenByDescending(value),
                (_, false) => ordered.ThenBy(value),
            };
        }

        return ordered;
    }

    private static IEnumerable<string> Keys(JsonNode? orderBy) => orderBy switch
    {
        null => [],
        JsonArray list => list.Select(each => each?.ToString() ?? ""),
        _ => [orderBy.ToString()],
    };
}
