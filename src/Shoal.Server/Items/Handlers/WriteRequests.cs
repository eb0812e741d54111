using System.Text.Json;
using Shoal.Items;
using Shoal.Items.Expressions;
using Shoal.Items.Operations;
using Shoal.Items.Tables;
using Shoal.Items.Values;
using Shoal.Server.Items.Wire;

namespace Shoal.Server.Items.Handlers;

/// <summary>PutItem, DeleteItem and UpdateItem.</summary>
internal static class WriteRequests
{
    private static readonly string[] ConditionOnly = ["ConditionExpression"];
    private static readonly string[] ExpectedOnly = ["Expected"];

    public static async Task PutAsync(ItemsCall call)
    {
        var request = call.Request;
        ExpressionParameters.CheckMixture(request, ConditionOnly, ExpectedOnly);
        var item = request.Item("Item");
        CheckReturnValues(request);
        if (ItemSize.Of(item) > ItemLimits.ItemBytesMax)
        {
            throw ItemException.Validation("Item size has exceeded the maximum allowed size");
        }

        var outcome = await RunAsync(call, Parse(request, WriteKind.Put, item));
        Reply(call, outcome, request.Text("ReturnValues") == "ALL_OLD" ? outcome.Old : null);
    }

    public static async Task DeleteAsync(ItemsCall call)
    {
        var request = call.Request;
        ExpressionParameters.CheckMixture(request, ConditionOnly, ExpectedOnly);
        var key = request.Item("Key");
        CheckReturnValues(request);
        var outcome = await RunAsync(call, Parse(request, WriteKind.Delete, key));
        Reply(call, outcome, request.Text("ReturnValues") == "ALL_OLD" ? outcome.Old : null);
    }

    public static async Task UpdateAsync(ItemsCall call)
    {
        var request = call.Request;
        ExpressionParameters.CheckMixture(request, ["UpdateExpression", "ConditionExpression"], ["AttributeUpdates", "Expected"]);
        var key = request.Item("Key");
        var updates = LegacyUpdates.Read(request);
        var action = Parse(request, WriteKind.Update, key, updates);
        var outcome = await RunAsync(call, action);
        var changed = new Projection(action.Update?.Paths ?? []);
        Reply(call, outcome, request.Text("ReturnValues") switch
        {
            "ALL_OLD" => outcome.Old,
            "ALL_NEW" => outcome.New,
            "UPDATED_OLD" when outcome.Old is { } old => NotEmpty(changed.Apply(old)),
            "UPDATED_NEW" => NotEmpty(changed.Apply(outcome.New!)),
            _ => null,
        });
    }

    /// <summary>Writes what a table's partition takes, where a request asks for it and the table has local indexes.</summary>
    public static void WriteMetrics(Utf8JsonWriter json, ItemTable table, Item item)
    {
        json.WriteStartObject();
        json.WritePropertyName("ItemCollectionKey"u8);
        ValueWriter.WriteItem(json, new Item { [table.Key.Partition.Name] = item[table.Key.Partition.Name] });
        json.WriteStartArray("SizeEstimateRangeGB"u8);
        json.WriteNumberValue(0);
        json.WriteNumberValue(1);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>Parses conditions and updates of a write, and looks whether every placeholder is used.</summary>
    private static WriteAction Parse(in RequestReader request, WriteKind kind, Item item, IItemUpdate? updates = null)
    {
        var expected = LegacyConditions.ReadExpected(request);
        var context = ExpressionParameters.Context(request);
        var update = request.Text("UpdateExpression") is { } text ? UpdateParser.Parse(text, context) : updates;
        var condition = ExpressionParameters.Condition(request, "ConditionExpression", context);
        context.CheckAllUsed();
        return new WriteAction
        {
            Kind = kind,
            Table = request.TableName()!,
            Item = item,
            Update = update,
            Condition = condition ?? (IItemCondition?)expected,
            WantsOld = request.Text("ReturnValues") == "ALL_OLD" || CapacityWriter.Wanted(request) is not null,
            WantsItemOnFailure = request.Text("ReturnValuesOnConditionCheckFailure") == "ALL_OLD",
        };
    }

    private static Task<WriteOutcome> RunAsync(ItemsCall call, WriteAction action) =>
        call.WriteAsync(transaction => Writes.Run(transaction, action));

    /// <summary>Attributes to show; null when there are none, which the reply then does not mention.</summary>
    private static Item? NotEmpty(Item item) => item.Count == 0 ? null : item;

    private static void CheckReturnValues(in RequestReader request)
    {
        if (request.Text("ReturnValues") is not (null or "NONE" or "ALL_OLD"))
        {
            throw ItemException.Validation("ReturnValues can only be ALL_OLD or NONE");
        }
    }

    private static void Reply(ItemsCall call, WriteOutcome outcome, Item? attributes)
    {
        if (attributes is not null)
        {
            ValueWriter.WriteItem(call.Json, "Attributes", attributes);
        }

        CapacityWriter.Write(call.Json, call.Request, outcome);
        if (call.Request.Text("ReturnItemCollectionMetrics") == "SIZE" && outcome.Table.LocalIndexes.Any()
            && (outcome.New ?? outcome.Old) is { } item)
        {
            call.Json.WritePropertyName("ItemCollectionMetrics"u8);
            WriteMetrics(call.Json, outcome.Table, item);
        }
    }
}
