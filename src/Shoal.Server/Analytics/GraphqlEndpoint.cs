using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Shoal.Engine;
using Shoal.Engine.Catalog;
using Shoal.Protocol;
using Shoal.Server.Http;

namespace Shoal.Server.Analytics;

/// <summary>
/// <c>POST /graphql</c>: D1's data sets <c>d1AnalyticsAdaptiveGroups</c> and <c>d1QueriesAdaptiveGroups</c>, from the meter.
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

        var reply = new JsonObject { ["data"] = null, ["errors"] = null };
        try
        {
            var root = GraphqlReader.Read(query, body["variables"] as JsonObject ?? []);
            reply["data"] = Object(root, field => field.Name == "viewer" ? Viewer(field, exchange.Caller) : null);
        }
        catch (GraphqlException error)
        {
            reply["errors"] = new JsonArray(new JsonObject { ["message"] = error.Message });
        }

        await Reply.JsonAsync(exchange.Http, StatusCodes.Status200OK, reply, WireJson.Instance.JsonObject);
    }

    private JsonObject Viewer(GraphqlField viewer, TokenRecord caller) => Object(viewer.Fields, field =>
    {
        if (field.Name != "accounts")
        {
            return null;
        }

        var account = (field.Arguments["filter"] as JsonObject)?["accountTag"]?.ToString()
            ?? throw new GraphqlException("accounts needs filter: {accountTag: …}");
        return caller.Account is null || caller.Account == account
            ? new JsonArray(Account(field, account, caller))
            : throw RequestException.PermissionDenied();
    });

    private JsonObject Account(GraphqlField field, string account, TokenRecord caller) => Object(field.Fields, dataSet =>
        dataSet.Name switch
        {
            "d1AnalyticsAdaptiveGroups" => UsageDataSet.Select(dataSet, Rows(dataSet, account, caller, perStatement: false)),
            "d1QueriesAdaptiveGroups" => UsageDataSet.Select(dataSet, Rows(dataSet, account, caller, perStatement: true)),
            _ => null,
        });

    private IEnumerable<UsageRow> Rows(GraphqlField dataSet, string account, TokenRecord caller, bool perStatement)
    {
        var filter = UsageFilter.Read(dataSet.Arguments["filter"]);
        foreach (var bucket in meter.Between(filter.From, filter.To))
        {
            foreach (var (id, hour) in bucket.Databases)
            {
                var text = id.ToString();
                if (filter.Databases?.Contains(text) == false || !Reaches(caller, account, id))
                {
                    continue;
                }

                foreach (var row in perStatement ? Statements(text, bucket, hour) : [Sums(text, bucket, hour)])
                {
                    yield return row;
                }
            }
        }
    }

    private bool Reaches(TokenRecord caller, string account, DatabaseId id) =>
        (caller.Databases.Count == 0 || caller.Databases.Contains(id)) && engine.FindDatabase(id)?.Account == account;

    private static UsageRow Sums(string database, HourBucket bucket, DatabaseHour hour)
    {
        var sums = hour.Sums();
        return new UsageRow(database, bucket.Start, Query: null, sums.Requests, sums.ResponseBytes, sums.Totals);
    }

    private static IEnumerable<UsageRow> Statements(string database, HourBucket bucket, DatabaseHour hour)
    {
        var statements = new Dictionary<string, StatementUsage>(StringComparer.Ordinal);
        hour.CopyStatements(statements);
        return statements.Select(each =>
            new UsageRow(database, bucket.Start, each.Key, each.Value.Count, ResponseBytes: 0, each.Value.Totals));
    }

    private static JsonObject Object(IReadOnlyList<GraphqlField> fields, Func<GraphqlField, JsonNode?> value)
    {
        var result = new JsonObject();
        foreach (var field in fields)
        {
            result[field.Key] = value(field) ?? throw new GraphqlException($"unknown field \"{field.Name}\"");
        }

        return result;
    }
}
