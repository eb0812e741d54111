using System.Globalization;
using Shoal.Engine.Usage;

namespace Shoal.Server.Analytics;

/// <summary>What rows of a data set can be grouped by.</summary>
internal static class UsageDimensions
{
    /// <summary>Times; usage is kept by the hour, so all finer ones are the start of the hour.</summary>
    public static readonly string[] Times =
        ["datetime", "datetimeMinute", "datetimeFiveMinutes", "datetimeFifteenMinutes", "datetimeHour"];

    /// <summary>What a statement is called that was not told apart from others.</summary>
    public const string OtherStatements = "(other)";

    /// <summary>What rows must be told apart by for a dimension to have a value.</summary>
    public static UsageGrouping Grouping(string dimension, UsageMeasures measures) => dimension switch
    {
        "databaseId" => UsageGrouping.Database,
        "date" => UsageGrouping.Day,
        "query" when measures == UsageMeasures.Statements => UsageGrouping.Statement,
        _ when Times.Contains(dimension, StringComparer.Ordinal) => UsageGrouping.Bucket,
        _ => throw new GraphqlException($"unknown dimension \"{dimension}\""),
    };

    /// <summary>The value of a dimension.</summary>
    public static string Value(string dimension, UsageRow row) => dimension switch
    {
        "databaseId" => row.Database?.ToString() ?? "",
        "date" => row.Bucket?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) ?? "",
        "query" => row.Statement ?? OtherStatements,
        _ when Times.Contains(dimension, StringComparer.Ordinal) =>
            row.Bucket?.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture) ?? "",
        _ => throw new GraphqlException($"unknown dimension \"{dimension}\""),
    };
}
