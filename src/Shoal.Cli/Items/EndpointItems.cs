using System.Text.Json;
using Shoal.Items.Operations;
using Shoal.Items.Tables;
using Shoal.Items.Values;

namespace Shoal.Cli.Items;

/// <summary>Items of an endpoint that speaks DynamoDB's protocol.</summary>
internal sealed class EndpointItems(ItemsClient client) : IItemsTarget
{
    private const int AttemptsMax = 10;

    public async Task CreateTableAsync(ItemTable table, CancellationToken cancellationToken)
    {
        await RunAsync("CreateTable", table.Name, json =>
        {
            json.WriteString("BillingMode", "PAY_PER_REQUEST");
            WriteKeys(json, "AttributeDefinitions", "AttributeType", table.Attributes, static (key, _) => key.Type.ToString());
            WriteKeys(json, "KeySchema", "KeyType", table.Key.Attributes, static (_, index) => index == 0 ? "HASH" : "RANGE");
            if (table.Stream is not null)
            {
                json.WriteStartObject("StreamSpecification");
                json.WriteBoolean("StreamEnabled", true);
                json.WriteString("StreamViewType", "NEW_AND_OLD_IMAGES");
                json.WriteEndObject();
            }
        }, static _ => true, cancellationToken);
        if (table.TimeToLive is { } attribute)
        {
            await RunAsync("UpdateTimeToLive", table.Name, json =>
            {
                json.WriteStartObject("TimeToLiveSpecification");
                json.WriteBoolean("Enabled", true);
                json.WriteString("AttributeName", attribute);
                json.WriteEndObject();
            }, static _ => true, cancellationToken);
        }
    }

    public async Task<IReadOnlyList<ItemTable>> ListTablesAsync(CancellationToken cancellationToken)
    {
        var tables = new List<ItemTable>();
        string? last = null;
        do
        {
            using var page = await client.SendAsync("ListTables", ItemsJson.Write(json =>
            {
                if (last is not null)
                {
                    json.WriteString("ExclusiveStartTableName", last);
                }
            }), cancellationToken);
            foreach (var name in page.RootElement.GetProperty("TableNames").EnumerateArray())
            {
                tables.Add(await FindTableAsync(name.GetString()!, cancellationToken));
            }

            last = page.RootElement.TryGetProperty("LastEvaluatedTableName", out var more) ? more.GetString() : null;
        }
        while (last is not null);
        return tables;
    }

    public Task<ItemTable> FindTableAsync(string name, CancellationToken cancellationToken) =>
        RunAsync("DescribeTable", name, static _ => { },
        static reply => ReadTable(reply.GetProperty("Table")), cancellationToken);

    public Task<bool> PutAsync(ItemTable table, Item item, bool ifAbsent, CancellationToken cancellationToken) =>
        RunAsync("PutItem", table.Name, json =>
    {
        WriteItem(json, "Item", item);
        json.WriteString("ReturnValues", "ALL_OLD");
        if (ifAbsent)
        {
            WriteExpressions(json, "ConditionExpression", ItemText.Absent(table).Condition, ItemText.Absent(table).Names, values: null);
        }
    }, static reply => reply.TryGetProperty("Attributes", out _), cancellationToken);

    public Task<Item?> GetAsync(ItemTable table, Item key, CancellationToken cancellationToken) => RunAsync("GetItem", table.Name,
        json =>
        {
            WriteItem(json, "Key", key);
            json.WriteBoolean("ConsistentRead", true);
        },
        static reply => reply.TryGetProperty("Item", out var item) ? TypedJson.Read(item) : null, cancellationToken);

    public Task<bool> DeleteAsync(ItemTable table, Item key, CancellationToken cancellationToken) =>
        RunAsync("DeleteItem", table.Name, json =>
    {
        WriteItem(json, "Key", key);
        json.WriteString("ReturnValues", "ALL_OLD");
    }, static reply => reply.TryGetProperty("Attributes", out _), cancellationToken);

    public Task<ItemPage> ReadAsync(QueryRequest request, CancellationToken cancellationToken) => RunAsync(
        request.KeyCondition is null ? "Scan" : "Query", request.Table, json =>
        {
            if (request.KeyCondition is { } key)
            {
                json.WriteString("KeyConditionExpression", key);
                json.WriteBoolean("ScanIndexForward", !request.Backward);
            }

            WriteExpressions(json, "FilterExpression", request.Filter, request.Names, request.Values);
            if (request.Index is { } index)
            {
                json.WriteString("IndexName", index);
            }

            if (request.StartKey is { } start)
            {
                WriteItem(json, "ExclusiveStartKey", start);
            }
        },
        static reply => new ItemPage([.. reply.GetProperty("Items").EnumerateArray().Select(TypedJson.Read)],
            reply.GetProperty("Count").GetInt32(), reply.GetProperty("ScannedCount").GetInt32(),
            reply.TryGetProperty("LastEvaluatedKey", out var last) ? TypedJson.Read(last) : null),
        cancellationToken);

    public async Task PutAllAsync(ItemTable table, IReadOnlyList<Item> items, CancellationToken cancellationToken)
    {
        var rest = items;
        for (var attempt = 1; rest.Count > 0; attempt++)
        {
            var sent = rest;
            using var reply = await client.SendAsync("BatchWriteItem", ItemsJson.Write(json =>
            {
                json.WriteStartObject("RequestItems");
                json.WriteStartArray(table.Name);
                foreach (var item in sent)
                {
                    json.WriteStartObject();
                    json.WriteStartObject("PutRequest");
                    WriteItem(json, "Item", item);
                    json.WriteEndObject();
                    json.WriteEndObject();
                }

                json.WriteEndArray();
                json.WriteEndObject();
            }), cancellationToken);
            rest = reply.RootElement.TryGetProperty("UnprocessedItems", out var unprocessed)
                && unprocessed.TryGetProperty(table.Name, out var left)
                ? [.. left.EnumerateArray().Select(static one => TypedJson.Read(one.GetProperty("PutRequest").GetProperty("Item")))] : [];
            if (rest.Count > 0 && attempt == AttemptsMax)
            {
                throw new CliException($"the server had no time for {rest.Count} items in {attempt} attempts",
                    "import again, or less at once");
            }

            if (rest.Count > 0)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50 * attempt), cancellationToken);
            }
        }
    }

    public ValueTask DisposeAsync()
    {
        client.Dispose();
        return ValueTask.CompletedTask;
    }

    private static ItemTable ReadTable(JsonElement table)
    {
        var types = table.GetProperty("AttributeDefinitions").EnumerateArray().ToDictionary(
            static one => one.GetProperty("AttributeName").GetString()!,
            static one => Enum.Parse<AttributeType>(one.GetProperty("AttributeType").GetString()!), StringComparer.Ordinal);
        var keys = table.GetProperty("KeySchema").EnumerateArray().Select(static one => one.GetProperty("AttributeName").GetString()!)
            .Select(name => new KeyDefinition(name, types[name])).ToList();
        return new ItemTable
        {
            Name = table.GetProperty("TableName").GetString()!,
            Key = new KeySchema(keys[0], keys.Count > 1 ? keys[1] : null),
            Attributes = keys,
            Stream = table.TryGetProperty("StreamSpecification", out var stream) && stream.GetProperty("StreamEnabled").GetBoolean()
                ? StreamView.NewAndOldImages : null,
        };
    }

    private static void WriteItem(Utf8JsonWriter json, string name, Item item)
    {
        json.WritePropertyName(name);
        TypedJson.Write(json, item);
    }

    private static void WriteExpressions(Utf8JsonWriter json, string name, string? expression, IReadOnlyDictionary<string, string>? names,
        IReadOnlyDictionary<string, AttributeValue>? values)
    {
        if (expression is not null)
        {
            json.WriteString(name, expression);
        }

        if (names is { Count: > 0 })
        {
            json.WriteStartObject("ExpressionAttributeNames");
            foreach (var (placeholder, attribute) in names)
            {
                json.WriteString(placeholder, attribute);
            }

            json.WriteEndObject();
        }

        if (values is { Count: > 0 })
        {
            var item = new Item();
            foreach (var (placeholder, value) in values)
            {
                item.Add(placeholder, value);
            }

            WriteItem(json, "ExpressionAttributeValues", item);
        }
    }

    private static void WriteKeys(Utf8JsonWriter json, string list, string member, IReadOnlyList<KeyDefinition> keys,
        Func<KeyDefinition, int, string> value)
    {
        json.WriteStartArray(list);
        for (var index = 0; index < keys.Count; index++)
        {
            json.WriteStartObject();
            json.WriteString("AttributeName", keys[index].Name);
            json.WriteString(member, value(keys[index], index));
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private async Task<T> RunAsync<T>(string operation, string table, Action<Utf8JsonWriter> write, Func<JsonElement, T> read,
        CancellationToken cancellationToken)
    {
        using var reply = await client.SendAsync(operation, ItemsJson.Write(json =>
        {
            json.WriteString("TableName", table);
            write(json);
        }), cancellationToken);
        return read(reply.RootElement);
    }
}
