using System.Globalization;
using System.Text.Json;
using Shoal.Cli.Targets;
using Shoal.Engine.Insights;
using Shoal.Engine.Usage;
using Shoal.Protocol;

namespace Shoal.Cli.Usage;

/// <summary>Usage and insights as the HTTP API writes them.</summary>
internal static class UsageBodies
{
    public static string Path(string account, UsagePeriod period, UsageGrouping by, DatabaseId? database)
    {
        var words = new List<string>();
        foreach (var (flag, word) in (ReadOnlySpan<(UsageGrouping, string)>)
            [
                (UsageGrouping.Database, "database"), (UsageGrouping.Token, "token"), (UsageGrouping.Statement, "statement"),
                (UsageGrouping.Bucket, "time"),
            ])
        {
            if (by.HasFlag(flag))
            {
                words.Add(word);
            }
        }

        return $"client/v4/accounts/{Uri.EscapeDataString(account)}/d1/usage?limit=100000&by={string.Join(',', words)}"
            + $"&from={Instant(period.From)}&to={Instant(period.To)}" + (database is { } id ? $"&database={id}" : "");
    }

    public static UsageReport Report(JsonElement result) => new(
        [.. result.GetProperty("rows").EnumerateArray().Select(Row)],
        result.GetProperty("storage_bytes_average").GetDouble());

    public static IEnumerable<Insight> Insights(JsonElement result, DatabaseId? database) =>
        result.GetProperty("recommendations").GetProperty("insights").EnumerateArray().Select(insight => new Insight(
            database ?? new DatabaseId(insight.GetProperty("database_id").GetGuid()),
            insight.GetProperty("summary").GetString()!,
            insight.GetProperty("reasoning").GetString()!,
            [.. insight.GetProperty("suggestions").EnumerateArray().Select(Suggestion)],
            [.. insight.GetProperty("impacted_queries").EnumerateArray().Select(query => new InsightQuery(
                query.GetProperty("id").GetString()!, query.GetProperty("query").GetString()!, query.GetProperty("cost").GetInt64()))]));

    private static InsightSuggestion Suggestion(JsonElement suggestion)
    {
        var impact = suggestion.GetProperty("cost_impact");
        return new InsightSuggestion(
            suggestion.GetProperty("kind").GetString()!,
            suggestion.GetProperty("sql").GetString()!,
            suggestion.GetProperty("summary").GetString()!,
            impact.GetProperty("rows_read").GetInt64(),
            impact.GetProperty("rows_written").GetInt64(),
            HttpBodies.Milliseconds(impact.GetProperty("query_duration_ms")));
    }

    private static UsageRow Row(JsonElement row) => new(
        row.TryGetProperty("database_id", out var id) ? new DatabaseId(id.GetGuid()) : null,
        Text(row, "database_name"),
        row.TryGetProperty("deleted", out var deleted) && deleted.GetBoolean(),
        Text(row, "token_id"),
        Text(row, "token_name"),
        Text(row, "statement_id"),
        Text(row, "statement"),
        row.TryGetProperty("time", out var time) ? time.GetDateTimeOffset() : null,
        new UsageSums
        {
            Count = row.GetProperty("count").GetInt64(),
            Errors = row.GetProperty("errors").GetInt64(),
            Reads = row.GetProperty("reads").GetInt64(),
            Writes = row.GetProperty("writes").GetInt64(),
            RowsRead = row.GetProperty("rows_read").GetInt64(),
            RowsWritten = row.GetProperty("rows_written").GetInt64(),
            RowsReturned = row.GetProperty("rows_returned").GetInt64(),
            Changes = row.GetProperty("changes").GetInt64(),
            ResponseBytes = row.GetProperty("response_bytes").GetInt64(),
            SqlTime = HttpBodies.Milliseconds(row.GetProperty("sql_ms")),
            Time = HttpBodies.Milliseconds(row.GetProperty("time_ms")),
        });

    private static string? Text(JsonElement row, string name) => row.TryGetProperty(name, out var value) ? value.GetString() : null;

    private static string Instant(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
