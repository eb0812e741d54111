using System.Text.Json;
using Shoal.Items;
using Shoal.Items.Types;
using Shoal.Items.Values;

namespace Shoal.Cli.Items;

/// <summary>Items as DynamoDB writes them, with the type of each value: <c>{"id":{"S":"a"},"n":{"N":"1"}}</c>.</summary>
internal static class TypedJson
{
    /// <summary>The item of an object whose values are typed.</summary>
    /// <exception cref="ItemException">One is not.</exception>
    public static Item Read(JsonElement element)
    {
        var item = new Item();
        foreach (var property in element.EnumerateObject())
        {
            item[property.Name] = ReadValue(property.Value);
        }

        return item;
    }

    public static void Write(Utf8JsonWriter writer, Item item)
    {
        writer.WriteStartObject();
        foreach (var (name, value) in item)
        {
            writer.WritePropertyName(name);
            WriteValue(writer, value);
        }

        writer.WriteEndObject();
    }

    private static AttributeValue ReadValue(JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.Object || element.EnumerateObject().Count() != 1)
        {
            throw Bad(element);
        }

        var typed = element.EnumerateObject().Single();
        try
        {
            return typed.Name switch
            {
                "S" => AttributeValue.Text(typed.Value.GetString()!),
                "N" => AttributeValue.Number(ItemNumber.Parse(typed.Value.GetString()!)),
                "B" => AttributeValue.Bytes(typed.Value.GetBytesFromBase64()),
                "BOOL" => AttributeValue.Boolean(typed.Value.GetBoolean()),
                "NULL" => AttributeValue.Null,
                "M" => AttributeValue.Map(Read(typed.Value)),
                "L" => AttributeValue.List([.. typed.Value.EnumerateArray().Select(ReadValue)]),
                "SS" => AttributeValue.TextSet([.. typed.Value.EnumerateArray().Select(static one => one.GetString()!)
                    .Distinct(StringComparer.Ordinal)]),
                "NS" => AttributeValue.NumberSet([.. typed.Value.EnumerateArray()
                    .Select(static one => ItemNumber.Parse(one.GetString()!)).Distinct()]),
                "BS" => AttributeValue.BytesSet([.. typed.Value.EnumerateArray().Select(static one => one.GetBytesFromBase64())]),
                _ => throw Bad(element),
            };
        }
        catch (Exception error) when (error is InvalidOperationException or FormatException or ArgumentNullException)
        {
            throw Bad(element);
        }
    }

    private static void WriteValue(Utf8JsonWriter writer, AttributeValue value)
    {
        writer.WriteStartObject();
        writer.WritePropertyName(value.Type.ToString());
        switch (value.Type)
        {
            case AttributeType.N:
                writer.WriteStringValue(value.AsNumber.ToString());
                break;
            case AttributeType.NULL:
                writer.WriteBooleanValue(true);
                break;
            case AttributeType.M:
                Write(writer, value.AsMap);
                break;
            case AttributeType.L:
                writer.WriteStartArray();
                foreach (var element in value.AsList)
                {
                    WriteValue(writer, element);
                }

                writer.WriteEndArray();
                break;
            case AttributeType.NS:
                writer.WriteStartArray();
                foreach (var member in value.AsNumbers)
                {
                    writer.WriteStringValue(member.ToString());
                }

                writer.WriteEndArray();
                break;
            default:
                ItemJson.Write(writer, value);
                break;
        }

        writer.WriteEndObject();
    }

    private static CliException Bad(JsonElement element)
    {
        var text = element.GetRawText();
        return new CliException($"{(text.Length > 60 ? text[..60] + "…" : text)} is no value with a type",
            "write {\"S\":\"text\"} or {\"N\":\"1\"}, or add --plain for plain JSON");
    }
}
