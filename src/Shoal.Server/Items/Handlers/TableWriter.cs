using System.Globalization;
using System.Text.Json;
using Shoal.Items.Operations;
using Shoal.Items.Tables;

namespace Shoal.Server.Items.Handlers;

/// <summary>Writes descriptions of tables.</summary>
internal static class TableWriter
{
    /// <summary>Writes a table.</summary>
    /// <param name="call">Where to.</param>
    /// <param name="member">The member's name.</param>
    /// <param name="table">The table.</param>
    /// <param name="status">What it is said to be doing.</param>
    /// <param name="counts">Items of the table and of its indexes by name; null while it has none.</param>
    public static void Write(ItemsCall call, string member, ItemTable table, string status,
        IReadOnlyDictionary<string, TableCounts>? counts)
    {
        var json = call.Json;
        json.WriteStartObject(member);
        WriteAttributes(json, table);
        json.WriteString("TableName"u8, table.Name);
        WriteKeys(json, table.Key);
        json.WriteString("TableStatus"u8, status);
        json.WriteNumber("CreationDateTime"u8, Seconds(table.CreatedAt));
        WriteThroughput(json, table.ReadUnits, table.WriteUnits, table);
        WriteCounts(json, "TableSizeBytes", counts?.GetValueOrDefault(""));
        json.WriteString("TableArn"u8, call.Arn(table.Name));
        json.WriteString("TableId"u8, table.Uuid.ToString("D"));
        WriteBilling(json, table, status);
        if (status != "DELETING" || table.LocalIndexes.Any())
        {
            WriteIndexes(call, "LocalSecondaryIndexes", table.LocalIndexes, table, status, counts);
        }

        if (status != "DELETING")
        {
            WriteIndexes(call, "GlobalSecondaryIndexes", table.GlobalIndexes, table, status, counts);
        }

        WriteStream(call, table);
        if (table.DeletionProtection)
        {
            json.WriteBoolean("DeletionProtectionEnabled"u8, value: true);
        }

        json.WriteEndObject();
    }

    /// <summary>A moment as DynamoDB writes it: seconds since 1970, with a fraction.</summary>
    public static double Seconds(DateTimeOffset moment) => moment.ToUnixTimeMilliseconds() / 1000.0;

    /// <summary>When a stream was enabled, which is its label.</summary>
    public static string StreamLabel(ItemTable table) =>
        (table.StreamSince ?? table.CreatedAt).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff", CultureInfo.InvariantCulture);

    /// <summary>What a stream shows, as DynamoDB writes it.</summary>
    public static string ViewName(StreamView view) => view switch
    {
        StreamView.KeysOnly => "KEYS_ONLY",
        StreamView.NewImage => "NEW_IMAGE",
        StreamView.OldImage => "OLD_IMAGE",
        StreamView.NewAndOldImages => "NEW_AND_OLD_IMAGES",
    };

    /// <summary>Writes a key.</summary>
    public static void WriteKeys(Utf8JsonWriter json, KeySchema key)
    {
        json.WriteStartArray("KeySchema"u8);
        foreach (var attribute in key.Attributes)
        {
            json.WriteStartObject();
            json.WriteString("AttributeName"u8, attribute.Name);
            json.WriteString("KeyType"u8, attribute == key.Partition ? "HASH" : "RANGE");
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteAttributes(Utf8JsonWriter json, ItemTable table)
    {
        json.WriteStartArray("AttributeDefinitions"u8);
        foreach (var attribute in table.Attributes)
        {
            json.WriteStartObject();
            json.WriteString("AttributeName"u8, attribute.Name);
            json.WriteString("AttributeType"u8, attribute.Type.ToString());
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteThroughput(Utf8JsonWriter json, long read, long write, ItemTable? table)
    {
        json.WriteStartObject("ProvisionedThroughput"u8);
        if (table?.IncreasedAt is { } increased)
        {
            json.WriteNumber("LastIncreaseDateTime"u8, Seconds(increased));
        }

        if (table?.DecreasedAt is { } decreased)
        {
            json.WriteNumber("LastDecreaseDateTime"u8, Seconds(decreased));
        }

        json.WriteNumber("NumberOfDecreasesToday"u8, table?.DecreasesToday ?? 0);
        json.WriteNumber("ReadCapacityUnits"u8, read);
        json.WriteNumber("WriteCapacityUnits"u8, write);
        json.WriteEndObject();
    }

    private static void WriteCounts(Utf8JsonWriter json, string bytes, TableCounts? counts)
    {
        json.WriteNumber(bytes, counts?.Bytes ?? 0);
        json.WriteNumber("ItemCount"u8, counts?.Items ?? 0);
    }

    private static void WriteBilling(Utf8JsonWriter json, ItemTable table, string status)
    {
        if (!table.PayPerRequest && table.PayPerRequestSince is null)
        {
            return;
        }

        json.WriteStartObject("BillingModeSummary"u8);
        json.WriteString("BillingMode"u8, table.PayPerRequest ? "PAY_PER_REQUEST" : "PROVISIONED");
        if (status == "ACTIVE" && table.PayPerRequestSince is { } since)
        {
            json.WriteNumber("LastUpdateToPayPerRequestDateTime"u8, Seconds(since));
        }

        json.WriteEndObject();
        json.WriteStartObject("TableThroughputModeSummary"u8);
        json.WriteString("TableThroughputMode"u8, table.PayPerRequest ? "PAY_PER_REQUEST" : "PROVISIONED");
        json.WriteEndObject();
    }

    private static void WriteIndexes(ItemsCall call, string member, IEnumerable<SecondaryIndex> given, ItemTable table, string status,
        IReadOnlyDictionary<string, TableCounts>? counts)
    {
        var indexes = given.Where(static index => index.State != IndexState.Deleting).ToList();
        if (indexes.Count == 0)
        {
            return;
        }

        var json = call.Json;
        json.WriteStartArray(member);
        foreach (var index in indexes)
        {
            json.WriteStartObject();
            json.WriteString("IndexName"u8, index.Name);
            WriteKeys(json, index.Key);
            WriteProjection(json, index);
            if (!index.IsLocal)
            {
                var isCreating = index.State == IndexState.Creating;
                json.WriteString("IndexStatus"u8, isCreating || status == "CREATING" ? "CREATING" : "ACTIVE");
                if (isCreating)
                {
                    json.WriteBoolean("Backfilling"u8, value: true);
                }

                WriteThroughput(json, index.ReadUnits, index.WriteUnits, table: null);
            }

            WriteCounts(json, "IndexSizeBytes", counts?.GetValueOrDefault(index.Name));
            json.WriteString("IndexArn"u8, $"{call.Arn(table.Name)}/index/{index.Name}");
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteProjection(Utf8JsonWriter json, SecondaryIndex index)
    {
        json.WriteStartObject("Projection"u8);
        json.WriteString("ProjectionType"u8, index.Projection switch
        {
            ProjectionKind.All => "ALL",
            ProjectionKind.KeysOnly => "KEYS_ONLY",
            ProjectionKind.Include => "INCLUDE",
        });
        if (index.Included.Count > 0)
        {
            json.WriteStartArray("NonKeyAttributes"u8);
            foreach (var name in index.Included)
            {
                json.WriteStringValue(name);
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private static void WriteStream(ItemsCall call, ItemTable table)
    {
        if (table.Stream is not { } view)
        {
            return;
        }

        call.Json.WriteStartObject("StreamSpecification"u8);
        call.Json.WriteBoolean("StreamEnabled"u8, value: true);
        call.Json.WriteString("StreamViewType"u8, ViewName(view));
        call.Json.WriteEndObject();
        call.Json.WriteString("LatestStreamLabel"u8, StreamLabel(table));
        call.Json.WriteString("LatestStreamArn"u8, $"{call.Arn(table.Name)}/stream/{StreamLabel(table)}");
    }
}
