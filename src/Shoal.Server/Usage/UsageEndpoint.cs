using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Shoal.Engine;
using Shoal.Engine.Catalog;
using Shoal.Engine.Usage;
using Shoal.Protocol;
using Shoal.Server.Http;

namespace Shoal.Server.Usage;

/// <summary>Ours: what databases, tokens and statements of an account cost in a span of time.</summary>
internal sealed class UsageEndpoint(DatabaseEngine engine, UsageMeter meter, TimeProvider clock)
{
    private static readonly TimeSpan SpanDefault = TimeSpan.FromHours(24);

    public async ValueTask ReadAsync(Exchange exchange)
    {
        var query = exchange.Http.Request.Query;
        var to = Instant(query, "to") ?? clock.GetUtcNow();
        var from = Instant(query, "from") ?? to - SpanDefault;
        if (from >= to)
        {
            throw RequestException.Malformed("from must be before to");
        }

        var by = GroupingOf(query["by"].ToString());
        var caller = exchange.Caller;
        if (by.HasFlag(UsageGrouping.Token) && caller.Permission != TokenPermission.Admin)
        {
            throw RequestException.PermissionDenied();
        }

        var databases = Databases(exchange, query["database"]);
        await meter.FlushAsync();
        var usage = new UsageQuery
        {
            Account = exchange.Account,
            Databases = databases,
            From = from,
            To = to.AddTicks(-1),
            GroupBy = by,
            RowsMax = Paging.Number(query, "limit", otherwise: 10_000, max: 100_000),
        };
        var rows = await engine.Usage.ReadAsync(usage, exchange.Aborted);
        var sizes = await engine.Usage.ReadStorageAsync(usage, exchange.Aborted);
        var reply = new JsonObject
        {
            ["from"] = from.ToString("O", CultureInfo.InvariantCulture),
            ["to"] = to.ToString("O", CultureInfo.InvariantCulture),
            ["storage_bytes_average"] = StorageAverage.Of(sizes, from, to),
            ["rows"] = new JsonArray([.. rows.Select(Describe)]),
        };
        await Reply.OkAsync(exchange, JsonSerializer.SerializeToElement(reply, WireJson.Instance.JsonObject),
            WireJson.Instance.AnyEnvelope);
    }

    /// <summary>Null for all of the account.</summary>
    private List<DatabaseId>? Databases(Exchange exchange, IReadOnlyList<string?> asked)
    {
        var caller = exchange.Caller;
        if (asked.Count == 0)
        {
            return caller.Databases.Count == 0 ? null : [.. caller.Databases];
        }

        return [.. asked.Select(name =>
        {
            var id = engine.FindDatabase(exchange.Account, name ?? "")?.Id;
            return caller.Databases.Count > 0 && (id is null || !caller.Databases.Contains(id.Value))
                ? throw RequestException.PermissionDenied()
                : id ?? throw RequestException.DatabaseNotFound(name ?? "");
        })];
    }

    private static JsonNode Describe(UsageRow row)
    {
        var result = new JsonObject();
        Add("database_id", row.Database?.ToString());
        Add("database_name", row.DatabaseName);
        if (row.Database is not null)
        {
            result["deleted"] = row.IsDeleted;
        }

        Add("token_id", row.TokenId);
        Add("token_name", row.TokenName);
        Add("statement_id", row.StatementId);
        Add("statement", row.Statement);
        Add("time", row.Bucket?.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture));
        var sums = row.Sums;
        foreach (var (name, value) in (ReadOnlySpan<(string, long)>)
            [
                ("count", sums.Count), ("errors", sums.Errors), ("reads", sums.Reads), ("writes", sums.Writes),
                ("rows_read", sums.RowsRead), ("rows_written", sums.RowsWritten), ("rows_returned", sums.RowsReturned),
                ("changes", sums.Changes), ("response_bytes", sums.ResponseBytes),
            ])
        {
            result[name] = value;
        }

        result["sql_ms"] = sums.SqlTime.TotalMilliseconds;
        result["time_ms"] = sums.Time.TotalMilliseconds;
        return result;

        void Add(string name, string? value)
        {
            if (value is not null)
            {
                result[name] = value;
            }
        }
    }

    private static UsageGrouping GroupingOf(string text)
    {
        var by = UsageGrouping.None;
        foreach (var part in text.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            by |= part switch
            {
                "database" => UsageGrouping.Database,
                "token" => UsageGrouping.Token,
                "statement" => UsageGrouping.Statement,
                "time" => UsageGrouping.Bucket,
                _ => throw RequestException.Malformed("by must be of database, token, statement and time, joined by commas"),
            };
        }

        return by.HasFlag(UsageGrouping.Token | UsageGrouping.Statement)
            ? throw RequestException.Malformed("by takes token or statement, not both")
            : by;
    }

    private static DateTimeOffset? Instant(IQueryCollection query, string name) => query[name].ToString() switch
    {
        "" => null,
        var text when DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var instant)
            && instant.UtcDateTime.Year is > 1970 and < 9999 => instant,
        _ => throw RequestException.Malformed($"{name} must be a date or an instant in ISO 8601"),
    };
}
