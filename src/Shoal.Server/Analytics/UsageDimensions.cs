using System.Globalization;

namespace Shoal.Server.Analytics;

/// <summary>What rows of a data set can be grouped by.</summary>
internal static class UsageDimensions
{
    /// <summary>Times; the meter knows hours, so all finer ones are the start of the hour.</summary>
    public static readonly string[] Times =
        ["datetime", "datetimeMinute", "datetimeFiveMinutes", "datetimeFifteenMinutes", "datetimeHour"];

    /// <summary>The value of a dimension.</summary>
    public static string Value(string dimension, UsageRow row)
    {
        if (Times.Contains(dimension, StringComparer.Ordinal))
        {
            return row.Hour.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
        }

        return dimension switch
        {
            "databaseId" => row.Database,
            "date" => row.Hour.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            "query" when row.Query is not null => row.Query,
            _ => throw new GraphqlException($"unknown dimension \"{dimension}\""),
        };
    }
}
