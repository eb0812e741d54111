using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Shoal.Items.Tables;
using Shoal.Items.Values;

namespace Shoal.Items.Types;

/// <summary>JSON as values of items and back: objects are maps, arrays lists, numbers exact.</summary>
/// <remarks>Bytes and sets have no JSON: they become Base64 text and arrays, and <see cref="IsLossless"/> tells.</remarks>
public static class ItemJson
{
    private static readonly JsonReaderOptions Reading = new() { MaxDepth = ItemLimits.NestingMax };

    private static readonly JsonWriterOptions Writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The value of a JSON text. Of two properties with one name, the last counts.</summary>
    /// <exception cref="ItemException">It is no JSON, is nested more than 32 levels, or has a number of more than 38 digits.</exception>
    public static AttributeValue Parse(string json)
    {
        try
        {
            var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(json), Reading);
            reader.Read();
            var value = Read(ref reader);
            return reader.Read() ? throw ItemException.Validation("the JSON has something after its end") : value;
        }
        catch (JsonException error)
        {
            throw new ItemException(ItemErrorKind.Validation,
                $"this is no JSON of at most {ItemLimits.NestingMax} levels: {error.Message}",
                "Names and texts stand in double quotes; a text alone is \"text\".");
        }
    }

    /// <summary>The item of a JSON object.</summary>
    /// <exception cref="ItemException">It is no JSON object.</exception>
    public static Item ParseItem(string json) => Parse(json) is { Type: AttributeType.M } value ? value.AsMap
        : throw ItemException.Validation("an item is a JSON object: {\"id\": \"a\", …}");

    /// <summary>A value as JSON on one line.</summary>
    public static string Format(AttributeValue value)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, Writing))
        {
            Write(writer, value);
        }

        return Encoding.UTF8.GetString(buffer.GetBuffer().AsSpan(0, (int)buffer.Length));
    }

    /// <summary>Writes a value.</summary>
    public static void Write(Utf8JsonWriter writer, AttributeValue value)
    {
        switch (value.Type)
        {
            case AttributeType.S:
                writer.WriteStringValue(value.AsText);
                break;
            case AttributeType.N:
                writer.WriteRawValue(value.AsNumber.ToString(), skipInputValidation: true);
                break;
            case AttributeType.B:
                writer.WriteBase64StringValue(value.AsBytes);
                break;
            case AttributeType.BOOL:
                writer.WriteBooleanValue(value.AsBoolean);
                break;
            case AttributeType.NULL:
                writer.WriteNullValue();
                break;
            case AttributeType.M:
                writer.WriteStartObject();
                foreach (var (name, attribute) in value.AsMap)
                {
                    writer.WritePropertyName(name);
                    Write(writer, attribute);
                }

                writer.WriteEndObject();
                break;
            case AttributeType.L or AttributeType.SS or AttributeType.NS or AttributeType.BS:
                writer.WriteStartArray();
                foreach (var element in ElementsOf(value))
                {
                    Write(writer, element);
                }

                writer.WriteEndArray();
                break;
        }
    }

    /// <summary>Whether a value comes back the same from its JSON: it has no bytes and no sets.</summary>
    public static bool IsLossless(AttributeValue value) => value.Type switch
    {
        AttributeType.S or AttributeType.N or AttributeType.BOOL or AttributeType.NULL => true,
        AttributeType.M => value.AsMap.Values.All(IsLossless),
        AttributeType.L => value.AsList.All(IsLossless),
        AttributeType.B or AttributeType.SS or AttributeType.NS or AttributeType.BS => false,
    };

    private static IEnumerable<AttributeValue> ElementsOf(AttributeValue value) => value.Type switch
    {
        AttributeType.SS => value.AsTexts.Select(AttributeValue.Text),
        AttributeType.NS => value.AsNumbers.Select(AttributeValue.Number),
        AttributeType.BS => value.AsBytesList.Select(AttributeValue.Bytes),
        _ => value.AsList,
    };

    private static AttributeValue Read(ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                var map = new Item();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
                {
                    var name = ReadText(ref reader);
                    reader.Read();
                    map[name] = Read(ref reader);
                }

                return AttributeValue.Map(map);
            case JsonTokenType.StartArray:
                var list = new List<AttributeValue>();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    list.Add(Read(ref reader));
                }

                return AttributeValue.List(list);
            case JsonTokenType.String:
                return AttributeValue.Text(ReadText(ref reader));
            case JsonTokenType.Number:
                var digits = Encoding.UTF8.GetString(reader.ValueSpan);
                var status = ItemNumber.TryParse(digits, out var number);
                return status == NumberStatus.Ok ? AttributeValue.Number(number) : throw ItemException.Validation(
                    $"the number {(digits.Length > 60 ? digits[..60] + "…" : digits)} cannot be stored: "
                    + ItemRules.DescribeNumber(status, digits));
            case JsonTokenType.True:
                return AttributeValue.True;
            case JsonTokenType.False:
                return AttributeValue.False;
            default:
                return AttributeValue.Null;
        }
    }

    private static string ReadText(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException error)
        {
            throw new ItemException(ItemErrorKind.Validation, $"a text of the JSON is no text: {error.Message}");
        }
    }
}
