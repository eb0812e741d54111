using System.Text.Json;
using Shoal.Engine;
using Shoal.Items;
using Shoal.Items.Expressions;
using Shoal.Items.Operations;
using Shoal.Items.Tables;
using Shoal.Items.Values;
using Shoal.Server.Items.Wire;

namespace Shoal.Server.Items.Handlers;

/// <summary>BatchWriteItem and BatchGetItem.</summary>
internal static class BatchRequests
{
    public static async Task WriteAsync(ItemsCall call)
    {
        var actions = new List<WriteAction>();
        var wantsOld = CapacityWriter.Wanted(call.Request) is not null;
        foreach (var (table, requests) in call.Request.Map("RequestItems")!)
        {
            foreach (var json in requests.EnumerateArray())
            {
                actions.Add(ReadWrite(table, new RequestReader(json), wantsOld));
            }
        }

        if (actions.Count > ItemLimits.BatchWriteMax)
        {
            throw ItemException.Validation("Too many items requested for the BatchWriteItem call");
        }

        var outcomes = await call.WriteAsync(transaction => Writes.RunBatch(transaction, actions));
        call.Json.WriteStartObject("UnprocessedItems"u8);
        call.Json.WriteEndObject();
        if (call.Request.Text("ReturnItemCollectionMetrics") == "SIZE")
        {
            WriteMetrics(call.Json, outcomes, actions);
        }

        WriteCharges(call, outcomes, inTransaction: false);
    }

    public static async Task GetAsync(ItemsCall call)
    {
        var request = new BatchGetRequest();
        var tables = new Dictionary<string, (JsonElement Json, Projection? Projection)>(StringComparer.Ordinal);
        CheckMixture(call.Request);
        foreach (var (table, json) in call.Request.Map("RequestItems")!)
        {
            tables.Add(table, (json, ReadKeys(request, table, new RequestReader(json))));
        }

        var response = await call.ReadAsync(transaction => Run(transaction, request, tables));
        call.Json.WriteStartObject("Responses"u8);
        foreach (var (table, (_, projection)) in tables)
        {
            call.Json.WriteStartArray(table);
            foreach (var (_, _, item) in response.Items.Where(found => found.Table == table))
            {
                ValueWriter.WriteItem(call.Json, projection?.Apply(item) ?? item);
            }

            call.Json.WriteEndArray();
        }

        call.Json.WriteEndObject();
        WriteUnprocessed(call.Json, response, tables);
        WriteCapacity(call, tables.Select(table => (table.Key, ReadUnits(table.Key, table.Value.Json, request, response))));
    }

    /// <summary>Writes one element per table that was written to.</summary>
    public static void WriteCharges(ItemsCall call, List<WriteOutcome> outcomes, bool inTransaction)
    {
        if (CapacityWriter.Wanted(call.Request) is not { } kind)
        {
            return;
        }

        call.Json.WriteStartArray("ConsumedCapacity"u8);
        foreach (var group in outcomes.GroupBy(static outcome => outcome.Table.Name, StringComparer.Ordinal))
        {
            CapacityWriter.WriteCharge(call.Json, kind, group.Key, WriteCharge.Of(group, inTransaction), inTransaction);
        }

        call.Json.WriteEndArray();
    }

    /// <summary>Writes one element per table that a transaction read.</summary>
    public static void WriteTransactionReads(ItemsCall call, IEnumerable<(string Table, double Units)> tables)
    {
        if (CapacityWriter.Wanted(call.Request) is not { } kind)
        {
            return;
        }

        call.Json.WriteStartArray("ConsumedCapacity"u8);
        foreach (var group in tables.GroupBy(static one => one.Table, StringComparer.Ordinal))
        {
            CapacityWriter.WriteTransaction(call.Json, kind, group.Key, group.Sum(static one => one.Units), isRead: true);
        }

        call.Json.WriteEndArray();
    }

    /// <summary>Writes one element per table.</summary>
    public static void WriteCapacity(ItemsCall call, IEnumerable<(string Table, double Units)> tables)
    {
        if (CapacityWriter.Wanted(call.Request) is not { } kind)
        {
            return;
        }

        call.Json.WriteStartArray("ConsumedCapacity"u8);
        foreach (var (table, units) in tables)
        {
            CapacityWriter.WriteTable(call.Json, kind, table, units, index: null);
        }

        call.Json.WriteEndArray();
    }

    /// <summary>Writes metrics of all tables that have local indexes.</summary>
    public static void WriteMetrics(Utf8JsonWriter json, List<WriteOutcome> outcomes, List<WriteAction> actions)
    {
        json.WriteStartObject("ItemCollectionMetrics"u8);
        foreach (var group in outcomes.Zip(actions).Where(static pair => pair.First.Table.LocalIndexes.Any())
            .GroupBy(static pair => pair.First.Table.Name, StringComparer.Ordinal))
        {
            json.WriteStartArray(group.Key);
            foreach (var (outcome, action) in group)
            {
                WriteRequests.WriteMetrics(json, outcome.Table, action.Item);
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private static WriteAction ReadWrite(string table, RequestReader request, bool wantsOld)
    {
        if (request.Structure("PutRequest") is { } put)
        {
            if (request.Has("DeleteRequest"))
            {
                throw ItemException.Validation("Supplied AttributeValue has more than one datatypes set, "
                    + "must contain exactly one of the supported datatypes");
            }

            var item = put.Item("Item");
            return ItemSize.Of(item) > ItemLimits.ItemBytesMax
                ? throw ItemException.Validation("Item size has exceeded the maximum allowed size")
                : new WriteAction { Kind = WriteKind.Put, Table = table, Item = item, WantsOld = wantsOld };
        }

        return request.Structure("DeleteRequest") is { } delete
            ? new WriteAction { Kind = WriteKind.Delete, Table = table, Item = delete.Item("Key"), WantsOld = wantsOld }
            : throw ItemException.Validation("Supplied AttributeValue has more than one datatypes set, "
                + "must contain exactly one of the supported datatypes");
    }

    /// <summary>Passes when all tables' attributes are named in one way, by expressions or by lists.</summary>
    private static void CheckMixture(in RequestReader request)
    {
        var tables = request.Map("RequestItems")!.Values.Select(static json => new RequestReader(json)).ToList();
        if (tables.Exists(static table => table.Has("ProjectionExpression")) && tables.Exists(static table => table.Has("AttributesToGet")))
        {
            throw ItemException.Validation("Can not use both expression and non-expression parameters in the same request: "
                + "Non-expression parameters: {AttributesToGet} Expression parameters: {ProjectionExpression}");
        }
    }

    private static Projection? ReadKeys(BatchGetRequest request, string table, RequestReader json)
    {
        ExpressionParameters.CheckMixture(json, ["ProjectionExpression"], ["AttributesToGet"]);
        var names = json.AttributesToGet();
        var context = ExpressionParameters.Context(json);
        var projection = ExpressionParameters.Projection(json, context);
        context.CheckAllUsed();
        var seen = new HashSet<AttributeValue>();
        foreach (var element in json.List("Keys"))
        {
            var key = ValueReader.ReadItem(element);
            if (!seen.Add(AttributeValue.Map(key)))
            {
                throw ItemException.Validation("Provided list of item keys contains duplicates");
            }

            request.Add(table, key);
            if (request.Count > ItemLimits.BatchGetMax)
            {
                throw ItemException.Validation("Too many items requested for the BatchGetItem call");
            }
        }

        return projection ?? (names is null ? null : Projection.OfNames(names));
    }

    private static BatchGetResponse Run(Shoal.Items.Storage.ItemTransaction transaction, BatchGetRequest request,
        Dictionary<string, (JsonElement Json, Projection? Projection)> tables)
    {
        foreach (var (table, (_, projection)) in tables)
        {
            ItemRules.CheckNestedKeys(projection?.NestedHeads, transaction.FindTable(table));
        }

        return BatchReads.Run(transaction, request);
    }

    private static void WriteUnprocessed(Utf8JsonWriter json, BatchGetResponse response,
        Dictionary<string, (JsonElement Json, Projection? Projection)> tables)
    {
        json.WriteStartObject("UnprocessedKeys"u8);
        foreach (var group in response.UnprocessedKeys.Keys.GroupBy(static key => key.Table, StringComparer.Ordinal))
        {
            json.WriteStartObject(group.Key);
            foreach (var member in tables[group.Key].Json.EnumerateObject().Where(static member => member.Name != "Keys"))
            {
                member.WriteTo(json);
            }

            json.WriteStartArray("Keys"u8);
            foreach (var (_, key) in group)
            {
                ValueWriter.WriteItem(json, key);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static double ReadUnits(string table, JsonElement json, BatchGetRequest request, BatchGetResponse response)
    {
        var consistent = new RequestReader(json).Flag("ConsistentRead");
        var found = response.Items.Where(item => item.Table == table).Select(item => CapacityWriter.ReadUnits(
            ItemSize.Of(item.Item), consistent)).ToList();
        var missing = request.Keys.Count(key => key.Table == table) - found.Count
            - response.UnprocessedKeys.Keys.Count(key => key.Table == table);
        return found.Sum() + (missing * CapacityWriter.ReadUnits(0, consistent));
    }
}
