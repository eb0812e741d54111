using System.Text.Json.Nodes;
using Shoal.Engine.Usage;

namespace Shoal.Server.Analytics;

/// <summary>Turns what a GraphQL field asks for into a question to the meter, and the rows of its answer into groups.</summary>
internal static class UsageDataSet
{
    private const int LimitDefault = 100;
    private const int LimitMax = 10_000;

    /// <summary>What rows a field asks to be told apart.</summary>
    public static UsageGrouping Grouping(GraphqlField field, UsageMeasures measures) =>
        field.Fields.Where(part => part.Name == "dimensions").SelectMany(part => part.Fields)
            .Aggregate(UsageGrouping.None, (all, each) => all | UsageDimensions.Grouping(each.Name, measures));

    /// <summary>What groups are ordered by; when nothing is said the latest come first.</summary>
    public static IReadOnlyList<UsageOrder> Order(GraphqlField field, UsageMeasures measures)
    {
        List<UsageOrder> asked =
        [
            .. GroupOrder.Read(field.Arguments["orderBy"], words => OrderOf(words, measures))
                .Select(each => each.Value with { IsDescending = each.IsDescending }),
        ];
        var grouping = Grouping(field, measures);
        return asked.Count > 0 ? asked
            : grouping.HasFlag(UsageGrouping.Bucket) ? [new UsageOrder(UsageOrderKey.Bucket, IsDescending: true)]
            : grouping.HasFlag(UsageGrouping.Day) ? [new UsageOrder(UsageOrderKey.Day, IsDescending: true)]
            : [];
    }

    /// <summary>Most rows, from 1 to 10,000; 100 when nothing is said.</summary>
    public static int Limit(JsonNode? limit) => limit switch
    {
        null => LimitDefault,
        JsonValue value when value.TryGetValue(out double number) && number is >= 1 and <= LimitMax => (int)number,
        _ => throw new GraphqlException($"limit must be a number from 1 to {LimitMax}"),
    };

    public static JsonArray Describe(GraphqlField field, IEnumerable<UsageRow> rows, UsageMeasures measures) =>
        [.. rows.Select(row => Describe(field, row, measures))];

    private static UsageOrder? OrderOf(string[] words, UsageMeasures measures) => words switch
    {
        ["count"] => new UsageOrder(UsageOrderKey.Count),
        ["sum", var name] => new UsageOrder(Measure(name, measures).Key),
        ["avg", var name] => new UsageOrder(Measure(name, measures).Key, IsAverage: true),
        ["databaseId"] => new UsageOrder(UsageOrderKey.Database),
        ["date"] => new UsageOrder(UsageOrderKey.Day),
        ["query"] when measures == UsageMeasures.Statements => new UsageOrder(UsageOrderKey.Statement),
        [var time] when UsageDimensions.Times.Contains(time, StringComparer.Ordinal) => new UsageOrder(UsageOrderKey.Bucket),
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
                "sum" => Members(part, name => JsonValue.Create(Sum(name, row, measures))),
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

    private static double Sum(string name, UsageRow row, UsageMeasures measures) => Measure(name, measures).Of(row.Sums);

    private static double Average(string name, UsageRow row, UsageMeasures measures) =>
        row.Sums.Count == 0 ? 0 : Sum(name, row, measures) / row.Sums.Count;

    private static (UsageOrderKey Key, Func<UsageSums, double> Of) Measure(string name, UsageMeasures measures) => (measures, name) switch
    {
        (_, "rowsRead") => (UsageOrderKey.RowsRead, static sums => sums.RowsRead),
        (_, "rowsWritten") => (UsageOrderKey.RowsWritten, static sums => sums.RowsWritten),
        (UsageMeasures.Requests, "readQueries") => (UsageOrderKey.Reads, static sums => sums.Reads),
        (UsageMeasures.Requests, "writeQueries") => (UsageOrderKey.Writes, static sums => sums.Writes),
        (UsageMeasures.Requests, "queryBatchResponseBytes") => (UsageOrderKey.ResponseBytes, static sums => sums.ResponseBytes),
        (UsageMeasures.Requests, "queryBatchTimeMs") => (UsageOrderKey.Time, static sums => sums.Time.TotalMilliseconds),
        (UsageMeasures.Statements, "rowsReturned") => (UsageOrderKey.RowsReturned, static sums => sums.RowsReturned),
        (UsageMeasures.Statements, "queryDurationMs") => (UsageOrderKey.SqlTime, static sums => sums.SqlTime.TotalMilliseconds),
        _ => throw new GraphqlException($"unknown measure \"{name}\""),
    };
}
