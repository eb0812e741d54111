using System.Globalization;
using System.Text.Json.Nodes;
using Shoal.Engine.Usage;

namespace Shoal.Server.Analytics;

/// <summary>Turns sizes of databases into what a GraphQL field asks for: the largest of each group.</summary>
internal static class StorageDataSet
{
    /// <summary>What a database's sizes were within a span: the last one before it holds at its beginning.</summary>
    public static IEnumerable<StorageRow> Within(IEnumerable<StorageRow> sizes, DateTimeOffset from)
    {
        StorageRow? before = null;
        foreach (var size in sizes.OrderBy(row => row.Bucket))
        {
            if (size.Bucket < from)
            {
                before = size with { Bucket = from };
                continue;
            }

            if (before is not null)
            {
                yield return before;
                before = null;
            }

            yield return size;
        }

        if (before is not null)
        {
            yield return before;
        }
    }

    public static JsonArray Select(GraphqlField field, IEnumerable<StorageRow> rows)
    {
        var dimensions = field.Fields.Where(part => part.Name == "dimensions").SelectMany(part => part.Fields).ToList();
        var groups = rows.GroupBy(
            row => string.Join('\0', dimensions.Select(each => Dimension(each.Name, row))), StringComparer.Ordinal);
        var largest = groups.Select(group => group.MaxBy(row => row.Bytes)!);
        var ordered = GroupOrder.Apply(field.Arguments["orderBy"], largest, SortKey) ?? largest.OrderBy(row => row.Bucket);
        return new JsonArray([.. ordered.Take(UsageDataSet.Limit(field.Arguments["limit"])).Select(row => Describe(field, row))]);
    }

    private static Func<StorageRow, object>? SortKey(string[] words) => words switch
    {
        ["max", "databaseSizeBytes"] => row => row.Bytes,
        ["databaseId" or "date"] => row => Dimension(words[0], row),
        [var time] when UsageDimensions.Times.Contains(time, StringComparer.Ordinal) => row => Dimension(time, row),
        _ => null,
    };

    private static JsonObject Describe(GraphqlField field, StorageRow row)
    {
        var result = new JsonObject();
        foreach (var part in field.Fields)
        {
            var members = new JsonObject();
            foreach (var each in part.Fields)
            {
                members[each.Key] = (part.Name, each.Name) switch
                {
                    ("max", "databaseSizeBytes") => JsonValue.Create(row.Bytes),
                    ("dimensions", _) => JsonValue.Create(Dimension(each.Name, row)),
                    _ => throw new GraphqlException($"unknown measure \"{each.Name}\""),
                };
            }

            result[part.Key] = members;
        }

        return result;
    }

    private static string Dimension(string name, StorageRow row) => name switch
    {
        "databaseId" => row.Database.ToString(),
        "date" => row.Bucket.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        _ when UsageDimensions.Times.Contains(name, StringComparer.Ordinal) =>
            row.Bucket.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture),
        _ => throw new GraphqlException($"unknown dimension \"{name}\""),
    };
}
