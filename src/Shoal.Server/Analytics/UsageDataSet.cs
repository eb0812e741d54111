using System.Text.Json.Nodes;

namespace Shoal.Server.Analytics;

/// <summary>Turns rows of the meter into what a GraphQL field asks for: grouped, ordered, cut.</summary>
internal static class UsageDataSet
{
    private const int LimitDefault = 100;
    private const int LimitMax = 10_000;

    public static JsonArray Select(GraphqlField field, IEnumerable<UsageRow> rows)
    {
        var dimensions = field.Fields.Where(each => each.Name == "dimensions").SelectMany(each => each.Fields).ToList();
        var groups = new Dictionary<string, UsageRow>(StringComparer.Ordinal);
        foreach (var row in rows)
        {
            var key = string.Join('\0', dimensions.Select(each => UsageDimensions.Value(each.Name, row)));
            groups[key] = groups.TryGetValue(key, out var known) ? known.Plus(row) : row;
        }

        var ordered = Order(field.Arguments["orderBy"], groups.Values);
        return new JsonArray([.. ordered.Take(Limit(field.Arguments["limit"])).Select(row => Describe(field, row))]);
    }

    private static int Limit(JsonNode? limit) => limit switch
    {
        null => LimitDefault,
        JsonValue value when value.TryGetValue(out double number) && number is >= 1 and <= LimitMax => (int)number,
        _ => throw new GraphqlException($"limit must be a number from 1 to {LimitMax}"),
    };

    private static IEnumerable<UsageRow> Order(JsonNode? orderBy, IEnumerable<UsageRow> rows)
    {
        var keys = orderBy switch
        {
            null => [],
            JsonArray list => list.Select(each => each?.ToString() ?? ""),
            _ => [orderBy.ToString()],
        };
        IOrderedEnumerable<UsageRow>? ordered = null;
        foreach (var key in keys)
        {
            var value = SortKey(key, out var descending);
            ordered = (ordered, descending) switch
            {
                (null, true) => rows.OrderByDescending(value),
                (null, false) => rows.OrderBy(value),
                (_, true) => ordered.ThenByDescending(value),
                (_, false) => ordered.ThenBy(value),
            };
        }

        return ordered ?? rows;
    }

    /// <summary>Reads <c>sum_rowsRead_DESC</c>, <c>count_ASC</c>, <c>date_DESC</c>.</summary>
    private static Func<UsageRow, object> SortKey(string key, out bool descending)
    {
        descending = key.EndsWith("_DESC", StringComparison.Ordinal);
        if (!descending && !key.EndsWith("_ASC", StringComparison.Ordinal))
        {
            throw new GraphqlException($"orderBy \"{key}\" must end with _ASC or _DESC");
        }

        var parts = key.Split('_');
        return parts switch
        {
            ["count", _] => row => (double)row.Count,
            ["sum", var name, _] => row => Measure(name, row),
            ["avg", var name, _] => row => Average(name, row),
            [var dimension, _] => row => UsageDimensions.Value(dimension, row),
            _ => throw new GraphqlException($"unknown order \"{key}\""),
        };
    }

    private static JsonObject Describe(GraphqlField field, UsageRow row)
    {
        var result = new JsonObject();
        foreach (var part in field.Fields)
        {
            result[part.Key] = part.Name switch
            {
                "count" => JsonValue.Create(row.Count),
                "sum" => Members(part, name => JsonValue.Create(Measure(name, row))),
                "avg" => Members(part, name => JsonValue.Create(Average(name, row))),
                "dimensions" => Members(part, name => JsonValue.Create(UsageDimensions.Value(name, row))),
                _ => throw new GraphqlException($"unknown field \"{part.Name}\""),
            };
        }

        return result;
    }

    private static JsonObject Members(GraphqlField field, Func<string, JsonNode?> value)
    {
        var members = new JsonObject();
        foreach (var each in field.Fields)
        {
            members[each.Key] = value(each.Name);
        }

        return members;
    }

    private static double Average(string name, UsageRow row) => row.Count == 0 ? 0 : Measure(name, row) / row.Count;

    private static double Measure(string name, UsageRow row) => name switch
    {
        "rowsRead" => row.Totals.RowsRead,
        "rowsWritten" => row.Totals.RowsWritten,
        "readQueries" when row.Query is null => row.Totals.Reads,
        "writeQueries" when row.Query is null => row.Totals.Writes,
        "queryBatchResponseBytes" when row.Query is null => row.ResponseBytes,
        "rowsReturned" when row.Query is not null => row.Totals.RowsReturned,
        "queryDurationMs" when row.Query is not null => row.Totals.Duration.TotalMilliseconds,
        _ => throw new GraphqlException($"unknown measure \"{name}\""),
    };
}
