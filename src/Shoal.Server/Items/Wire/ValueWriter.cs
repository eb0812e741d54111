using System.Text.Json;
using Shoal.Items.Values;

namespace Shoal.Server.Items.Wire;

/// <summary>Writes items as DynamoDB's JSON.</summary>
internal static class ValueWriter
{
    public static void WriteItem(Utf8JsonWriter json, Item item)
    {
        json.WriteStartObject();
        foreach (var (name, value) in item)
        {
            json.WritePropertyName(name);
            Write(json, value);
        }

        json.WriteEndObject();
    }

    public static void WriteItem(Utf8JsonWriter json, string member, Item item)
    {
        json.WritePropertyName(member);
        WriteItem(json, item);
    }

    public static void Write(Utf8JsonWriter json, AttributeValue value)
    {
        json.WriteStartObject();
        switch (value.Type)
        {
            case AttributeType.S:
                json.WriteString("S"u8, value.AsText);
                break;
            case AttributeType.N:
                json.WriteString("N"u8, value.AsNumber.ToString());
                break;
            case AttributeType.B:
                json.WriteBase64String("B"u8, value.AsBytes);
                break;
            case AttributeType.BOOL:
                json.WriteBoolean("BOOL"u8, value.AsBoolean);
                break;
            case AttributeType.NULL:
                json.WriteBoolean("NULL"u8, value: true);
                break;
            case AttributeType.M:
                json.WritePropertyName("M"u8);
                WriteItem(json, value.AsMap);
                break;
            default:
                WriteElements(json, value);
                break;
        }

        json.WriteEndObject();
    }

    private static void WriteElements(Utf8JsonWriter json, AttributeValue value)
    {
        json.WriteStartArray(value.Type.ToString());
        switch (value.Type)
        {
            case AttributeType.L:
                foreach (var element in value.AsList)
                {
                    Write(json, element);
                }

                break;
            case AttributeType.SS:
                foreach (var member in value.AsTexts)
                {
                    json.WriteStringValue(member);
                }

                break;
            case AttributeType.NS:
                foreach (var member in value.AsNumbers)
                {
                    json.WriteStringValue(member.ToString());
                }

                break;
            default:
                foreach (var member in value.AsBytesList)
                {
                    json.WriteBase64StringValue(member);
                }

                break;
        }

        json.WriteEndArray();
    }
}
