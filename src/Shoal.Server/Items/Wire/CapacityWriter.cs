using System.Text.Json;
using Shoal.Items.Operations;

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

    /// <summary>Writes <c>ConsumedCapacity</c> of one write when the request asked for it.</summary>
    public static void Write(Utf8JsonWriter json, in RequestReader request, WriteOutcome outcome)
    {
        if (Wanted(request) is { } kind)
        {
            json.WritePropertyName("ConsumedCapacity"u8);
            WriteCharge(json, kind, outcome.Table.Name, Wire.WriteCharge.Of([outcome]));
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

    /// <summary>Writes an element of <c>ConsumedCapacity</c> of writes, with the indexes that they changed.</summary>
    /// <remarks>Those of a transaction say that they are writes.</remarks>
    public static void WriteCharge(Utf8JsonWriter json, string kind, string table, WriteCharge charge, bool inTransaction = false)
    {
        json.WriteStartObject();
        WriteMembers(json, charge.Total, inTransaction);
        json.WriteString("TableName"u8, table);
        if (kind == "INDEXES")
        {
            WriteMembers(json, "Table", charge.Table, inTransaction);
            WriteIndexes(json, "LocalSecondaryIndexes", charge.Local, inTransaction);
            WriteIndexes(json, "GlobalSecondaryIndexes", charge.Global, inTransaction);
        }

        json.WriteEndObject();
    }

    /// <summary>Writes an element of <c>ConsumedCapacity</c> that says whether it was read or written.</summary>
    public static void WriteTransaction(Utf8JsonWriter json, string kind, string table, double units, bool isRead)
    {
        var member = isRead ? "ReadCapacityUnits" : "WriteCapacityUnits";
        json.WriteStartObject();
        json.WriteNumber("CapacityUnits"u8, units);
        json.WriteNumber(member, units);
        json.WriteString("TableName"u8, table);
        if (kind == "INDEXES")
        {
            json.WriteStartObject("Table"u8);
            json.WriteNumber("CapacityUnits"u8, units);
            json.WriteNumber(member, units);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void WriteIndexes(Utf8JsonWriter json, string member, IReadOnlyDictionary<string, double> indexes,
        bool inTransaction)
    {
        if (indexes.Count == 0)
        {
            return;
        }

        json.WriteStartObject(member);
        foreach (var (name, units) in indexes)
        {
            WriteMembers(json, name, units, inTransaction);
        }

        json.WriteEndObject();
    }

    private static void WriteMembers(Utf8JsonWriter json, string name, double units, bool inTransaction)
    {
        json.WriteStartObject(name);
        WriteMembers(json, units, inTransaction);
        json.WriteEndObject();
    }

    private static void WriteMembers(Utf8JsonWriter json, double units, bool inTransaction)
    {
        json.WriteNumber("CapacityUnits"u8, units);
        if (inTransaction)
        {
            json.WriteNumber("WriteCapacityUnits"u8, units);
        }
    }

    private static void WriteUnits(Utf8JsonWriter json, string name, double units)
    {
        json.WriteStartObject(name);
        json.WriteNumber("CapacityUnits"u8, units);
        json.WriteEndObject();
    }
}
