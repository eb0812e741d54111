using System.Text.Json;
using Shoal.Cli.Output;
using Shoal.Items;
using Shoal.Items.Tables;
using Shoal.Items.Types;
using Shoal.Items.Values;

namespace Shoal.Cli.Items;

/// <summary>Items and keys on the command line, in files and in output.</summary>
internal static class ItemText
{
    /// <summary>An item of one line of JSON.</summary>
    /// <exception cref="CliException">It is none.</exception>
    public static Item Parse(string json, bool typed)
    {
        if (!typed)
        {
            return ItemJson.ParseItem(json);
        }

        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 3 * ItemLimits.NestingMax });
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object)
            {
                throw new CliException("an item is a JSON object", "{\"id\":{\"S\":\"a\"}}");
            }

            // DynamoDB's own exports wrap each item.
            return TypedJson.Read(root.TryGetProperty("Item", out var wrapped) && root.EnumerateObject().Count() == 1 ? wrapped : root);
        }
        catch (JsonException error)
        {
            throw new CliException($"this is no JSON: {error.Message}", "an item is a JSON object on one line", error);
        }
    }

    public static void Write(Utf8JsonWriter writer, Item item, bool typed)
    {
        if (typed)
        {
            TypedJson.Write(writer, item);
        }
        else
        {
            ItemJson.Write(writer, AttributeValue.Map(item));
        }
    }

    /// <summary>Shows items: one line of JSON each, or an array with <c>--json</c>.</summary>
    public static void Show(CommandContext context, IReadOnlyList<Item> items, bool typed)
    {
        if (context.Json)
        {
            JsonOutput.Write(context.Console, writer =>
            {
                writer.WriteStartArray();
                foreach (var item in items)
                {
                    Write(writer, item, typed);
                }

                writer.WriteEndArray();
            });
            return;
        }

        foreach (var item in items)
        {
            JsonOutput.WriteLine(context.Console, writer => Write(writer, item, typed));
        }
    }

    /// <summary>The key of the words of a command line.</summary>
    /// <exception cref="CliException">There are too few, too many or wrong ones.</exception>
    public static Item Key(ItemTable table, string partition, string? sort)
    {
        var key = new Item { [table.Key.Partition.Name] = Value(table.Key.Partition, partition) };
        switch ((table.Key.Sort, sort))
        {
            case (null, not null):
                throw CliException.Usage($"the table \"{table.Name}\" has no sort key", "give the partition key alone");
            case ({ } definition, null):
                throw CliException.Usage($"the table \"{table.Name}\" has a sort key, {definition.Name}", "give it after the partition key");
            case ({ } definition, { } text):
                key[definition.Name] = Value(definition, text);
                break;
        }

        return key;
    }

    /// <summary>A key's value by its type; bytes are in hexadecimal digits.</summary>
    /// <exception cref="CliException">It is not of the type.</exception>
    public static AttributeValue Value(KeyDefinition key, string text)
    {
        try
        {
            return key.Type switch
            {
                AttributeType.N => AttributeValue.Number(ItemNumber.Parse(text)),
                AttributeType.B => AttributeValue.Bytes(Convert.FromHexString(text)),
                _ => AttributeValue.Text(text),
            };
        }
        catch (FormatException error)
        {
            throw CliException.Usage($"\"{text}\" is no value of the key {key.Name}: it is {Describe(key.Type)}", error.Message);
        }
    }

    /// <summary>A value as a field of CSV: text as it is, structures as JSON.</summary>
    public static string Cell(AttributeValue value) => value.Type switch
    {
        AttributeType.S => value.AsText,
        AttributeType.NULL => "",
        AttributeType.B => Convert.ToHexStringLower(value.AsBytes),
        _ => ItemJson.Format(value),
    };

    /// <summary>Names and values of placeholders, as options give them.</summary>
    public static (Dictionary<string, string>? Names, Dictionary<string, AttributeValue>? Values) Placeholders(string? names, string? values)
    {
        var named = names is null ? null : ItemJson.ParseItem(names).ToDictionary(
            static pair => pair.Key, static pair => pair.Value.ToString(), StringComparer.Ordinal);
        var valued = values is null ? null : ItemJson.ParseItem(values).ToDictionary(StringComparer.Ordinal);
        return (named, valued);
    }

    private static string Describe(AttributeType type) => type switch
    {
        AttributeType.N => "a number",
        AttributeType.B => "bytes in hexadecimal digits",
        _ => "a text",
    };
}
