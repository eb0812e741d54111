using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Shoal.Engine;
using Shoal.Engine.Catalog;
using Shoal.Engine.Usage;
using Shoal.Protocol;
using Shoal.Server.Http;
using Shoal.Server.Usage;

namespace Shoal.Server.Analytics;

/// <summary>
/// <c>POST /graphql</c>: D1's data sets of requests, statements and storage, from what the meter has written.
/// </summary>
internal sealed class GraphqlEndpoint(DatabaseEngine engine, UsageMeter meter)
{
    public async ValueTask QueryAsync(Exchange exchange)
    {
        var document = await RequestBody.ReadJsonAsync(exchange.Http.Request, WireJson.Instance.JsonElement);
        var body = GraphqlVariables.Read(document) as JsonObject ?? [];
        if (body["query"] is not JsonValue value || !value.TryGetValue(out string? query))
        {
            throw RequestException.Malformed("query must be a string");
        }

        // The store knows what the meter has written.
        await meter.FlushAsync();
        var reply = new JsonObject { ["data"] = null, ["errors"] = null };
        try
        {
            var root = GraphqlReader.Read(query, body["variables"] as JsonObject ?? []);
            reply["data"] = await ObjectAsync(root, field =>
                field.Name == "viewer" ? ViewerAsync(field, exchange.Caller) : throw Unknown(field));
        }
        catch (GraphqlException error)
        {
            reply["errors"] = new JsonArray(new JsonObject { ["message"] = error.Message });
        }

        await Reply.JsonAsync(exchange.Http, StatusCodes.Status200OK, reply, WireJson.Instance.JsonObject);
    }

    private async Task<JsonNode> ViewerAsync(GraphqlField viewer, TokenRecord caller) =>
        await ObjectAsync(viewer.Fields, field => field.Name == "accounts" ? AccountsAsync(field, caller) : throw Unknown(field));

    private async Task<JsonNode> AccountsAsync(GraphqlField field, TokenRecord caller)
    {
        var account = (field.Arguments["filter"] as JsonObject)?["accountTag"]?.ToString()
            ?? throw new GraphqlException("accounts needs filter: {accountTag: …}");
        return caller.Account is null || caller.Account == account
            ? new JsonArray(await AccountAsync(field, account, caller))
            : throw RequestException.PermissionDenied();
    }

    private Task<JsonObject> AccountAsync(GraphqlField field, string account, TokenRecord caller) =>
        ObjectAsync(field.Fields, dataSet => dataSet.Name switch
        {
            "d1AnalyticsAdaptiveGroups" => SelectAsync(dataSet, account, caller, UsageMeasures.Requests),
            "d1QueriesAdaptiveGroups" => SelectAsync(dataSet, account, caller, UsageMeasures.Statements),
            "d1StorageAdaptiveGroups" => StorageAsync(dataSet, account, caller),
            _ => throw Unknown(dataSet),
        });

    private async Task<JsonNode> SelectAsync(GraphqlField dataSet, string account, TokenRecord caller, UsageMeasures measures)
    {
        var filter = UsageFilter.Read(dataSet.Arguments["filter"]);
        var query = new UsageQuery
        {
            Account = account,
            Databases = Reachable(filter, account, caller),
            From = filter.From,
            To = filter.To,
            GroupBy = UsageDataSet.Grouping(dataSet, measures),
            IsOfStatements = measures == UsageMeasures.Statements,
            OrderBy = UsageDataSet.Order(dataSet, measures),
            RowsMax = UsageDataSet.Limit(dataSet.Arguments["limit"]),
        };
        return UsageDataSet.Describe(dataSet, await engine.Usage.ReadAsync(query), measures);
    }

    private async Task<JsonNode> StorageAsync(GraphqlField dataSet, string account, TokenRecord caller)
    {
        var filter = UsageFilter.Read(dataSet.Arguments["filter"]);
        var query = new UsageQuery
        {
            Account = account,
            Databases = Reachable(filter, account, caller),
            From = filter.From,
            To = filter.To,
        };
        var rows = (await engine.Usage.ReadStorageAsync(query))
            .GroupBy(row => row.Database)
            .SelectMany(sizes => StorageDataSet.Within(sizes, filter.From));
        return StorageDataSet.Select(dataSet, rows);
    }

    /// <summary>The databases that are asked for and that the caller reaches; null for all of the account.</summary>
    private List<DatabaseId>? Reachable(UsageFilter filter, string account, TokenRecord caller)
    {
        var asked = filter.Databases?.Select(text => DatabaseId.TryParse(text, out var id) ? id : default)
            ?? (caller.Databases.Count > 0 ? caller.Databases : null);
        return asked?.Where(id => (caller.Databases.Count == 0 || caller.Databases.Contains(id))
            && engine.FindDatabase(id)?.Account == account).ToList();
    }

    private static GraphqlException Unknown(GraphqlField field) => new($"unknown field \"{field.Name}\"");

    private static async Task<JsonObject> ObjectAsync(IReadOnlyList<GraphqlField> fields,
        Func<GraphqlField, Task<JsonNode>> value)
    {
        var result = new JsonObject();
        foreach (var field in fields)
        {
            result[field.Key] = await value(field);
        }

        return result;
    }
}
