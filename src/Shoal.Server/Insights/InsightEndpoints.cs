using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Shoal.Engine;
using Shoal.Engine.Insights;
using Shoal.Engine.Usage;
using Shoal.Protocol;
using Shoal.Protocol.Http;
using Shoal.Server.Http;
using Shoal.Server.Usage;

namespace Shoal.Server.Insights;

/// <summary>D1's recommendations: <c>/insights?filter=recommendations</c> of a database and of an account.</summary>
internal sealed class InsightEndpoints(DatabaseEngine engine, UsageMeter meter, TimeProvider clock) : IDisposable
{
    /// <summary>How far back statements are looked at.</summary>
    private static readonly TimeSpan Span = TimeSpan.FromDays(7);

    private const int LimitDefault = 20;
    private const int LimitMax = 100;

    /// <summary>Databases looked at for one page; the cursor goes on behind them.</summary>
    private const int DatabasesPerPage = 50;

    /// <summary>Copies of databases in memory at once.</summary>
    private readonly SemaphoreSlim _turns = new(2);

    public async ValueTask OfDatabaseAsync(Exchange exchange)
    {
        CheckFilter(exchange);
        await meter.FlushAsync();
        var now = clock.GetUtcNow();
        var insights = await FindAsync(exchange.Database.Id, now, exchange.Aborted);
        var reply = new JsonObject
        {
            ["recommendations"] = new JsonObject
            {
                ["generated_at"] = now.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture),
                ["insights"] = new JsonArray([.. insights.Select(each => Describe(each, withDatabase: false))]),
            },
        };
        await Reply.OkAsync(exchange, JsonSerializer.SerializeToElement(reply, WireJson.Instance.JsonObject),
            WireJson.Instance.AnyEnvelope);
    }

    public async ValueTask OfAccountAsync(Exchange exchange)
    {
        CheckFilter(exchange);
        var query = exchange.Http.Request.Query;
        var limit = Paging.Number(query, "limit", LimitDefault, LimitMax);
        var (after, skip) = ReadCursor(query["cursor"].ToString());
        await meter.FlushAsync();
        var now = clock.GetUtcNow();
        var databases = await DatabasesAsync(exchange, after, now);
        var page = new JsonArray();
        string? cursor = null;
        for (var index = 0; index < databases.Count && cursor is null; index++)
        {
            var id = databases[index];
            var insights = await FindAsync(id, now, exchange.Aborted);
            skip = id == after ? skip : 0;
            for (; skip < insights.Count && page.Count < limit; skip++)
            {
                page.Add(Describe(insights[skip], withDatabase: true));
            }

            var isRead = skip >= insights.Count;
            var isLast = isRead && index == databases.Count - 1;
            cursor = !isLast && (page.Count >= limit || index == DatabasesPerPage - 1)
                ? Cursor(id, skip)
                : null;
        }

        var reply = new JsonObject
        {
            ["recommendations"] = new JsonObject
            {
                ["generated_at"] = now.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture),
                ["insights"] = page,
            },
        };
        await Reply.OkAsync(exchange, JsonSerializer.SerializeToElement(reply, WireJson.Instance.JsonObject),
            WireJson.Instance.AnyEnvelope, new ResultInfo(Page: null, PerPage: null, page.Count, TotalCount: null) { Cursor = cursor });
    }

    public void Dispose() => _turns.Dispose();

    private async Task<IReadOnlyList<Insight>> FindAsync(DatabaseId id, DateTimeOffset now, CancellationToken cancellation)
    {
        await _turns.WaitAsync(cancellation);
        try
        {
            return await engine.FindInsightsAsync(id, now - Span, now, cancellation);
        }
        finally
        {
            _turns.Release();
        }
    }

    /// <summary>Databases that were used, from the cursor on, in the order of their ids.</summary>
    private async Task<List<DatabaseId>> DatabasesAsync(Exchange exchange, DatabaseId? after, DateTimeOffset now)
    {
        var caller = exchange.Caller;
        var used = await engine.Usage.ReadAsync(
            new UsageQuery
            {
                Account = exchange.Account,
                Databases = caller.Databases.Count > 0 ? caller.Databases : null,
                From = now - Span,
                GroupBy = UsageGrouping.Database,
            },
            exchange.Aborted);
        return [.. used.Where(row => !row.IsDeleted && engine.FindDatabase(row.Database!.Value)?.Account == exchange.Account)
            .Select(row => row.Database!.Value)
            .OrderBy(id => id.ToString(), StringComparer.Ordinal)
            .SkipWhile(id => after is not null && string.CompareOrdinal(id.ToString(), after.Value.ToString()) < 0)];
    }

    private static JsonNode Describe(Insight insight, bool withDatabase)
    {
        var result = new JsonObject();
        if (withDatabase)
        {
            result["database_id"] = insight.Database.ToString();
        }

        result["summary"] = insight.Summary;
        result["reasoning"] = insight.Reasoning;
        result["suggestions"] = new JsonArray([.. insight.Suggestions.Select(Describe)]);
        result["impacted_queries"] = new JsonArray([.. insight.Queries.Select(query => (JsonNode)new JsonObject
        {
            ["id"] = query.Id,
            ["query"] = query.Text,
            ["cost"] = query.Cost,
        })]);
        return result;
    }

    private static JsonNode Describe(InsightSuggestion suggestion) => new JsonObject
    {
        ["kind"] = suggestion.Kind,
        ["sql"] = suggestion.Sql,
        ["summary"] = suggestion.Summary,
        ["cost_impact"] = new JsonObject
        {
            ["rows_read"] = suggestion.RowsRead,
            ["rows_written"] = suggestion.RowsWritten,
            ["query_duration_ms"] = Math.Round(suggestion.Duration.TotalMilliseconds, 3),
        },
    };

    private static void CheckFilter(Exchange exchange)
    {
        if (exchange.Http.Request.Query["filter"].ToString() is not ("" or "recommendations"))
        {
            throw RequestException.Malformed("filter must be \"recommendations\"");
        }
    }

    private static string Cursor(DatabaseId id, int skip) =>
        Convert.ToHexStringLower(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{id}/{skip}")));

    private static (DatabaseId? After, int Skip) ReadCursor(string text)
    {
        if (text.Length == 0)
        {
            return (null, 0);
        }

        var bytes = new byte[text.Length / 2];
        if (Convert.FromHexString(text, bytes, out _, out _) == System.Buffers.OperationStatus.Done
            && Encoding.UTF8.GetString(bytes).Split('/') is [var id, var skip] && DatabaseId.TryParse(id, out var after)
            && int.TryParse(skip, NumberStyles.None, CultureInfo.InvariantCulture, out var count))
        {
            return (after, count);
        }

        throw RequestException.Malformed("cursor must be one that an earlier page gave");
    }
}
