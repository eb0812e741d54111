using System.Text.Json;
using Shoal.Items;
using Shoal.Items.Operations;
using Shoal.Items.Partiql;
using Shoal.Items.Values;
using Shoal.Server.Items.Wire;

namespace Shoal.Server.Items.Handlers;

/// <summary>ExecuteStatement.</summary>
internal static class PartiqlRequests
{
    public static Task RunAsync(ItemsCall call)
    {
        var statement = Parse(call.Request, out var parameters);
        return statement.Kind switch
        {
            PartiqlStatementKind.Select => SelectAsync(call, statement, parameters),
            PartiqlStatementKind.Exists => throw ItemException.Validation("EXISTS() is only supported in ExecuteTransaction"),
            PartiqlStatementKind.Insert or PartiqlStatementKind.Update or PartiqlStatementKind.Delete => WriteAsync(call, statement),
        };
    }

    /// <summary>The statement of a structure, with its parameters.</summary>
    /// <exception cref="ItemException">It is not valid.</exception>
    public static PartiqlStatement Parse(in RequestReader request, out IReadOnlyList<AttributeValue> parameters)
    {
        parameters = [.. request.List("Parameters").Select(ValueReader.Read)];
        return PartiqlParser.Parse(request.Text("Statement")!, parameters);
    }

    public static bool WantsItemOnFailure(in RequestReader request) =>
        request.Text("ReturnValuesOnConditionCheckFailure") == "ALL_OLD";

    private static async Task SelectAsync(ItemsCall call, PartiqlStatement statement, IReadOnlyList<AttributeValue> parameters)
    {
        var text = call.Request.Text("Statement")!;
        var start = call.Request.Text("NextToken") is { } token ? PartiqlPosition.Of(token, text, parameters) : null;
        var isConsistent = call.Request.Flag("ConsistentRead");
        var limit = call.Request.Integer("Limit");
        var page = await call.ReadAsync(transaction => PartiqlReads.Run(transaction, statement, isConsistent, limit, start));
        WriteItems(call.Json, page.Items);
        if (page.Next is { } next)
        {
            call.Json.WriteString("NextToken"u8, next.ToToken(text, parameters));
            if (next.Key is { } last)
            {
                ValueWriter.WriteItem(call.Json, "LastEvaluatedKey", last);
            }
        }

        if (CapacityWriter.Wanted(call.Request) is { } kind)
        {
            var tableUnits = CapacityWriter.RangeUnits(page.TableBytes, isConsistent);
            call.Json.WritePropertyName("ConsumedCapacity"u8);
            CapacityWriter.WriteTable(call.Json, kind, page.Table.Name,
                page.Index is null ? Math.Max(tableUnits, CapacityWriter.ReadUnits(0, isConsistent)) : tableUnits,
                page.Index is { } index
                    ? (index.Name, index.IsLocal, CapacityWriter.RangeUnits(page.IndexBytes, isConsistent)) : null);
        }
    }

    private static async Task WriteAsync(ItemsCall call, PartiqlStatement statement)
    {
        var wantsItem = WantsItemOnFailure(call.Request);
        var outcome = await call.WriteAsync(transaction =>
            Writes.Run(transaction, PartiqlWrites.Plan(statement, transaction.FindTable(statement.Table), wantsItem)));
        WriteItems(call.Json, PartiqlWrites.Show(statement, outcome) is { } shown ? [shown] : []);
        CapacityWriter.Write(call.Json, call.Request, outcome);
    }

    private static void WriteItems(Utf8JsonWriter json, IReadOnlyList<Item> items)
    {
        json.WriteStartArray("Items"u8);
        foreach (var item in items)
        {
            ValueWriter.WriteItem(json, item);
        }

        json.WriteEndArray();
    }
}
