using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Shoal.Items;
using Shoal.Items.Expressions;
using Shoal.Items.Operations;
using Shoal.Items.Tables;
using Shoal.Items.Values;
using Shoal.Server.Items.Wire;

namespace Shoal.Server.Items.Handlers;

/// <summary>TransactWriteItems and TransactGetItems.</summary>
internal static class TransactRequests
{
    private static readonly (string Name, WriteKind Kind)[] Kinds =
    [
        ("ConditionCheck", WriteKind.Check), ("Put", WriteKind.Put), ("Delete", WriteKind.Delete), ("Update", WriteKind.Update),
    ];

    public static async Task WriteAsync(ItemsCall call)
    {
        var request = call.Request;
        var actions = request.List("TransactItems").Select(json => ReadAction(new RequestReader(json))).ToList();
        var token = request.Text("ClientRequestToken");
        var hash = token is null ? [] : SHA256.HashData(Encoding.UTF8.GetBytes(request.Member("TransactItems")!.Value.GetRawText()));
        var outcomes = await call.WriteAsync(
            transaction => token is not null && !IdempotencyTokens.Begin(transaction, token, hash, call.Database.Time.GetUtcNow())
                ? null : Writes.RunTransaction(transaction, actions));
        if (outcomes is null)
        {
            // Applied before: the reply says what a read of the same items would cost.
            BatchRequests.WriteTransactionReads(call, actions.Select(static action => (action.Table, 2.0)));
            return;
        }

        if (request.Text("ReturnItemCollectionMetrics") == "SIZE")
        {
            BatchRequests.WriteMetrics(call.Json, outcomes, actions);
        }

        BatchRequests.WriteCharges(call, outcomes, inTransaction: true);
    }

    public static async Task GetAsync(ItemsCall call)
    {
        var gets = call.Request.List("TransactItems").Select(static json => ReadGet(new RequestReader(json))).ToList();
        var items = await call.ReadAsync(
            transaction =>
            {
                var tables = gets.Select(get => transaction.FindTable(get.Table)).ToList();
                var keys = new HashSet<(long, Shoal.Items.Storage.ItemKey)>();
                var reasons = tables.Zip(gets, static (table, get) =>
                {
                    ItemRules.CheckNotEmpty(get.Key, table.Key);
                    return Writes.ReasonOf(() => ItemRules.CheckKey(get.Key, table.Key));
                }).ToArray();
                Writes.ThrowIfAny(reasons);
                foreach (var (table, get) in tables.Zip(gets))
                {
                    if (!keys.Add((table.Id, Shoal.Items.Storage.ItemKey.Of(get.Key, table.Key))))
                    {
                        throw ItemException.Validation("Transaction request cannot include multiple operations on one item");
                    }
                }

                return gets.ConvertAll(get => Reads.Run(transaction, get.Table, get.Key, get.Projection, out _));
            });
        call.Json.WriteStartArray("Responses"u8);
        foreach (var (item, get) in items.Zip(gets))
        {
            call.Json.WriteStartObject();
            if (item is not null)
            {
                ValueWriter.WriteItem(call.Json, "Item", get.Projection?.Apply(item) ?? item);
            }

            call.Json.WriteEndObject();
        }

        call.Json.WriteEndArray();
        BatchRequests.WriteTransactionReads(call, items.Zip(gets).Select(static pair => (pair.Second.Table,
            2 * CapacityWriter.ReadUnits(pair.First is null ? 0 : ItemSize.Of(pair.First), consistent: true))));
    }

    /// <summary>Writes why a transaction was not applied, action by action.</summary>
    public static void WriteReasons(Utf8JsonWriter json, IReadOnlyList<CancellationReason> reasons)
    {
        json.WriteStartArray("CancellationReasons"u8);
        foreach (var reason in reasons)
        {
            json.WriteStartObject();
            if (reason.Item is { } item)
            {
                ValueWriter.WriteItem(json, "Item", item);
            }

            json.WriteString("Code"u8, reason.Code);
            if (reason.Message is { } message)
            {
                json.WriteString("Message"u8, message);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static WriteAction ReadAction(RequestReader json)
    {
        var given = Array.FindAll(Kinds, kind => json.Has(kind.Name));
        if (given.Length == 0)
        {
            throw ItemException.Validation(
                "The action or operation requested is invalid. Verify that the action is typed correctly.");
        }

        if (given.Length > 1)
        {
            throw ItemException.Validation("TransactItems can only contain one of Check, Put, Update or Delete");
        }

        var kind = given[0].Kind;
        var request = json.Structure(given[0].Name)!.Value;
        var item = request.Item(kind == WriteKind.Put ? "Item" : "Key");
        if (kind == WriteKind.Put && ItemSize.Of(item) > ItemLimits.ItemBytesMax)
        {
            throw ItemException.Validation("Item size has exceeded the maximum allowed size");
        }

        var context = ExpressionParameters.Context(request);
        var action = new WriteAction
        {
            Kind = kind,
            Table = request.TableName()!,
            Item = item,
            Update = request.Text("UpdateExpression") is { } text ? UpdateParser.Parse(text, context) : null,
            Condition = ExpressionParameters.Condition(request, "ConditionExpression", context),
            WantsItemOnFailure = request.Text("ReturnValuesOnConditionCheckFailure") == "ALL_OLD",
        };
        context.CheckAllUsed();
        return action;
    }

    private static (string Table, Item Key, Projection? Projection) ReadGet(RequestReader json)
    {
        var request = json.Structure("Get")!.Value;
        ExpressionParameters.CheckMixture(request, ["ProjectionExpression"], []);
        var key = request.Item("Key");
        var context = ExpressionParameters.Context(request);
        var projection = ExpressionParameters.Projection(request, context);
        context.CheckAllUsed();
        return (request.TableName()!, key, projection);
    }
}
