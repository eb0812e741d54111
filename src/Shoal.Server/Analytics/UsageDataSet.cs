using System.Text.Json.Nodes;
using Shoal.Engine.Usage;

namespace Shoal.Server.Analytics;

/// <summary>Turns rows of the meter into what a GraphQL field asks for: grouped, ordered, cut.</summary>
internal static class UsageDataSet
{
    private const int LimitDefault = 100;
    private const int LimitMax = 10_000;

    /// <summary>What rows a field needs.</summary>
    public static UsageGrouping Grouping(GraphqlField field, UsageMeasures measures) =>
        Dimensions(field).Concat(GroupOrder.Keys(field.Arguments["orderBy"]).Where(key => key.Split('_').Length == 2)
                .Select(key => key.Split('_')[0]).Where(name => name != "count"))
            .Aggregate(measures == UsageMeasures.Statements ? UsageGrouping.Statement : UsageGrouping.None,
                (all, name) => all | UsageDimensions.Grouping(name, measures));

    public static JsonArray Select(GraphqlField field, IEnumerable<UsageRow> rows, UsageMeasures measures)
    {
        var dimensions = Dimensions(field).ToList();
        var groups = new Dictionary<string, UsageRow>(StringComparer.Ordinal);
        foreach (var row in rows)
        {
            var key = string.Join('\0', dimensions.Select(name => UsageDimensions.Value(name, row)));
            groups[key] = groups.TryGetValue(key, out var known) ? known with { Sums = known.Sums.Plus(row.Sums) } : row;
        }

        var ordered = Order(field.Arguments["orderBy"], groups.Values, measures);
        return new JsonArray(
            [.. ordered.Take(Limit(field.Arguments["limit"])).Select(row => Describe(field, row, measures))]);
    }

    private static IEnumerable<string> Dimensions(GraphqlField field) =>
        field.Fields.Where(part => part.Name == "dimensions").SelectMany(part => part.Fields).Select(each => each.Name);

    /// <summary>Most rows, from 1 to 10,000; 100 when nothing is said.</summary>
    public static int Limit(JsonNode? limit) => limit switch
    {
        null => LimitDefault,
        JsonValue value when value.TryGetValue(out double number) && number is >= 1 and <= LimitMax => (int)number,
        _ => throw new GraphqlException($"limit must be a number from 1 to {LimitMax}"),
    };

    private static IEnumerable<UsageRow> Order(JsonNode? orderBy, IEnumerable<UsageRow> rows, UsageMeasures measures) =>
        GroupOrder.Apply(orderBy, rows, words => SortKey(words, measures))
        ?? (rows.All(static row => row.Bucket is null) ? rows : rows.OrderByDescending(static row => row.Bucket));

    private static Func<UsageRow, object>? SortKey(string[] words, UsageMeasures measures) => words switch
    {
        ["count"] => row => (double)row.Sums.Count,
        ["sum", var name] => row => Measure(name, row, measures),
        ["avg", var name] => row => Average(name, row, measures),
        [var dimension] => row => UsageDimensions.Value(dimension, row),
        _ => null,
    };

    private static JsonObject Describe(GraphqlField field, UsageRow row, UsageMeasures measures)
    {
        var result = new JsonObject();
        foreach (var part in field.Fields)
        {
            result[part.Key] = part.Name switch
            {
                "count" => JsonValue.Create(row.Sums.Count),
                "sum" => Members(part, name => JsonValue.Create(Measure(name, row, measures))),
                "avg" => Members(part, name => JsonValue.Create(Average(name, row, measures))),
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

    private static double Average(string name, UsageRow row, UsageMeasures measures) =>
        row.Sums.Count == 0 ? 0 : Measure(name, row, measures) / row.Sums.Count;

    private static double Measure(string name, UsageRow row, UsageMeasures measures) => (measures, name) switch
    {
        (_, "rowsRead") => row.Sums.RowsRead,
        (_, "rowsWritten") => row.Sums.RowsWritten,
        (UsageMeasures.Requests, "readQueries") => row.Sums.Reads,
        (UsageMeasures.Requests, "writeQueries") => row.Sums.Writes,
        (UsageMeasures.Requests, "queryBatchResponseBytes") => row.Sums.ResponseBytes,
        (UsageMeasures.Requests, "queryBatchTimeMs") => row.Sums.Time.TotalMilliseconds,
        (UsageMeasures.Statements, "rowsReturned") => row.Sums.RowsReturned,
        (UsageMeasures.Statements, "queryDurationMs") => row.Sums.SqlTime.TotalMilliseconds,
        _ => throw new GraphqlException($"unknown measure \"{name}\""),
    };
}
