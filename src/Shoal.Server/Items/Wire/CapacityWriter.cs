using System.Text.Json;

namespace Shoal.Server.Items.Wire;

/// <summary>Capacity as DynamoDB would have charged it.</summary>
/// <remarks>Source: the developer guide's "read and write requests": writes by the started KB, reads by the started 4 KB.</remarks>
internal static class CapacityWriter
{
    public static double WriteUnits(int bytes) => Math.Max(1, (bytes + 1023) / 1024);

    public static double ReadUnits(long bytes, bool consistent) => Math.Max(1, (bytes + 4095) / 4096) / (consistent ? 1.0 : 2.0);

    /// <summary>Units of a query or scan: bytes are summed, then rounded once.</summary>
    public static double RangeUnits(long bytes, bool consistent) => (bytes + 4095) / 4096 / (consistent ? 1.0 : 2.0);

    /// <summary>Writes <c>ConsumedCapacity</c> when the request asked for it.</summary>
    public static void Write(Utf8JsonWriter json, in RequestReader request, string table, double units)
    {
        if (Wanted(request) is { } kind)
        {
            json.WritePropertyName("ConsumedCapacity"u8);
            WriteTable(json, kind, table, units, index: null);
        }
    }

    /// <summary><c>TOTAL</c> or <c>INDEXES</c>; null when the request wants nothing.</summary>
    public static string? Wanted(in RequestReader request) =>
        request.Text("ReturnConsumedCapacity") is { } kind and ("TOTAL" or "INDEXES") ? kind : null;

    /// <summary>Writes an element of <c>ConsumedCapacity</c>.</summary>
    public static void WriteTable(Utf8JsonWriter json, string kind, string table, double tableUnits,
        (string Name, bool IsLocal, double Units)? index)
    {
        json.WriteStartObject();
        json.WriteNumber("CapacityUnits"u8, tableUnits + (index?.Units ?? 0));
        json.WriteString("TableName"u8, table);
        if (kind == "INDEXES")
        {
            WriteUnits(json, "Table", tableUnits);
            if (index is { } used)
            {
                json.WriteStartObject(used.IsLocal ? "LocalSecondaryIndexes" : "GlobalSecondaryIndexes");
                WriteUnits(json, used.Name, used.Units);
                json.WriteEndObject();
            }
        }

        json.WriteEndObject();
    }

    private static void WriteUnits(Utf8JsonWriter json, string name, double units)
    {
        json.WriteStartObject(name);
        json.WriteNumber("CapacityUnits"u8, units);
        json.WriteEndObject();
    }
}
