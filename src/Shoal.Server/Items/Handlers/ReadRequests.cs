using Shoal.Items;
using Shoal.Items.Expressions;
using Shoal.Items.Operations;
using Shoal.Items.Values;
using Shoal.Server.Items.Wire;

namespace Shoal.Server.Items.Handlers;

/// <summary>GetItem, Query and Scan.</summary>
internal static class ReadRequests
{
    public static async Task GetAsync(ItemsCall call)
    {
        var request = call.Request;
        ExpressionParameters.CheckMixture(request, ["ProjectionExpression"], ["AttributesToGet"]);
        var key = request.Item("Key");
        var names = request.AttributesToGet();
        var context = ExpressionParameters.Context(request);
        var projection = ExpressionParameters.Projection(request, context);
        context.CheckAllUsed();
        var table = request.TableName()!;
        var item = await call.ReadAsync(
            transaction => Reads.Run(transaction, table, key, projection, out _));
        projection ??= names is null ? null : Projection.OfNames(names);
        if (item is not null)
        {
            ValueWriter.WriteItem(call.Json, "Item", projection?.Apply(item) ?? item);
        }

        CapacityWriter.Write(call.Json, request, table,
            CapacityWriter.ReadUnits(item is null ? 0 : ItemSize.Of(item), request.Flag("ConsistentRead")));
    }

    public static async Task QueryAsync(ItemsCall call)
    {
        var request = call.Request;
        ExpressionParameters.CheckMixture(request, ["ProjectionExpression", "FilterExpression", "KeyConditionExpression"],
            ["AttributesToGet", "QueryFilter", "ConditionalOperator", "KeyConditions"]);
        var filter = LegacyConditions.Read(request, "QueryFilter");
        var names = request.AttributesToGet();
        var start = StartKey(request);
        if (!request.Has("KeyConditions") && !request.Has("KeyConditionExpression"))
        {
            throw ItemException.Validation(
                "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.");
        }

        var context = ExpressionParameters.Context(request);
        var key = ExpressionParameters.Condition(request, "KeyConditionExpression", context);
        var filterExpression = ExpressionParameters.Condition(request, "FilterExpression", context);
        var projection = ExpressionParameters.Projection(request, context);
        context.CheckAllUsed();
        var conditions = key is null ? LegacyConditions.Read(request, "KeyConditions")! : KeyConditions.Of(key);
        foreach (var condition in conditions.Values)
        {
            LegacyConditions.CheckTypes(condition);
        }

        if (key is null && conditions.Count is not (1 or 2))
        {
            throw ItemException.Validation("Conditions can be of length 1 or 2 only");
        }

        await RunAsync(call, Input(request, filter, filterExpression, projection, names) with
        {
            KeyConditions = conditions,
            StartKey = start,
            Backward = request.OptionalFlag("ScanIndexForward") is false,
        });
    }

    public static async Task ScanAsync(ItemsCall call)
    {
        var request = call.Request;
        ExpressionParameters.CheckMixture(request, ["ProjectionExpression", "FilterExpression"],
            ["AttributesToGet", "ScanFilter", "ConditionalOperator"]);
        var names = request.AttributesToGet();
        var filter = LegacyConditions.Read(request, "ScanFilter");
        var start = StartKey(request);
        CheckSegments(request);
        var context = ExpressionParameters.Context(request);
        var filterExpression = ExpressionParameters.Condition(request, "FilterExpression", context);
        var projection = ExpressionParameters.Projection(request, context);
        context.CheckAllUsed();
        await RunAsync(call, Input(request, filter, filterExpression, projection, names) with
        {
            StartKey = start,
            Segment = request.Integer("Segment") ?? 0,
            TotalSegments = request.Integer("TotalSegments") ?? 1,
        });
    }

    private static void CheckSegments(in RequestReader request)
    {
        var segment = request.Integer("Segment");
        var total = request.Integer("TotalSegments");
        if (segment is not null && total is null)
        {
            throw ItemException.Validation("The TotalSegments parameter is required but was not present in the request when Segment "
                + "parameter is present");
        }

        if (total is not null && segment is null)
        {
            throw ItemException.Validation("The Segment parameter is required but was not present in the request when parameter "
                + "TotalSegments is present");
        }

        if (segment >= total)
        {
            throw ItemException.Validation("The Segment parameter is zero-based and must be less than parameter TotalSegments: "
                + $"Segment: {segment} is not less than TotalSegments: {total}");
        }
    }

    private static RangeInput Input(in RequestReader request, Dictionary<string, AttributeComparison>? filter,
        ConditionExpression? filterExpression, Projection? projection, IReadOnlyList<string>? names) => new()
    {
        Table = request.TableName()!,
        Index = request.Text("IndexName"),
        Filter = filterExpression
            ?? (IItemCondition?)(filter is null ? null : new AttributeConditions(filter, LegacyConditions.IsAny(request))),
        Projection = projection ?? (names is null ? null : Projection.OfNames(names)),
        Select = CheckSelect(request),
        ConsistentRead = request.Flag("ConsistentRead"),
        Limit = request.Integer("Limit"),
    };

    private static SelectKind CheckSelect(in RequestReader request)
    {
        var select = request.Select();
        var hasParts = request.Has("ProjectionExpression") || request.Has("AttributesToGet");
        return select switch
        {
            SelectKind.Specific when !hasParts => throw ItemException.Validation(
                "One or more parameter values were invalid: Must specify the AttributesToGet or ProjectionExpression when choosing to get "
                + "SPECIFIC_ATTRIBUTES"),
            SelectKind.AllProjected when !request.Has("IndexName") => throw ItemException.Validation(
                "One or more parameter values were invalid: ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName"),
            SelectKind.AllAttributes or SelectKind.AllProjected or SelectKind.Count when hasParts => throw ItemException.Validation(
                $"One or more parameter values were invalid: Cannot specify the {PartsOf(request)} when choosing to get "
                + request.Text("Select") + (select == SelectKind.Count ? " only" : "")),
            _ => select,
        };
    }

    private static string PartsOf(in RequestReader request) =>
        request.Has("ProjectionExpression") ? "ProjectionExpression" : "AttributesToGet";

    /// <summary>Most errors of a start key's values say what they are about; some do not.</summary>
    private static Item? StartKey(in RequestReader request)
    {
        if (!request.Has("ExclusiveStartKey"))
        {
            return null;
        }

        try
        {
            return request.Item("ExclusiveStartKey");
        }
        catch (ItemException error)
        {
            string[] plain = ["contains duplicates", "number set", "numeric value", "significant digits", "number with magnitude"];
            throw plain.Any(part => error.Message.Contains(part, StringComparison.Ordinal)) ? error
                : ItemException.Validation($"The provided starting key is invalid: {error.Message}");
        }
    }

    private static async Task RunAsync(ItemsCall call, RangeInput input)
    {
        var page = await call.ReadAsync(transaction => Ranges.Run(transaction, input));
        var json = call.Json;
        json.WriteNumber("Count"u8, page.Items.Count);
        json.WriteNumber("ScannedCount"u8, page.ScannedCount);
        if (input.Select != SelectKind.Count)
        {
            json.WriteStartArray("Items"u8);
            foreach (var item in page.Items)
            {
                ValueWriter.WriteItem(json, item);
            }

            json.WriteEndArray();
        }

        if (page.LastKey is { } last)
        {
            ValueWriter.WriteItem(json, "LastEvaluatedKey", last);
        }

        if (CapacityWriter.Wanted(call.Request) is { } kind)
        {
            json.WritePropertyName("ConsumedCapacity"u8);
            CapacityWriter.WriteTable(json, kind, page.Table.Name, CapacityWriter.RangeUnits(page.TableBytes, input.ConsistentRead),
                page.Index is { } index
                    ? (index.Name, index.IsLocal, CapacityWriter.RangeUnits(page.IndexBytes, input.ConsistentRead)) : null);
        }
    }
}
