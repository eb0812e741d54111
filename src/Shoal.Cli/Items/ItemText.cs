using System.Text.Json;
using Shoal.Cli.Output;
using Shoal.Items;
using Shoal.Items.Operations;
using Shoal.Items.Tables;
using Shoal.Items.Types;
using Shoal.Items.Values;

namespace Shoal.Cli.Items;

/// <summary>Items and keys on the command line, in files and in output.</summary>
internal static class ItemText
{
    /// <summary>An item of one line of JSON.</summary>
    /// <exception cref="CliException">It is none.</exception>
    public static Item Parse(string json, bool plain)
    {
        if (plain)
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
            throw new CliException($"this is no JSON: {error.Message}",
                "DynamoDB's JSON looks like {\"name\": {\"S\": \"text\"}}; plain JSON goes with --plain", error);
        }
    }

    public static void Write(Utf8JsonWriter writer, Item item, bool plain)
    {
        if (plain)
        {
            ItemJson.Write(writer, AttributeValue.Map(item));
        }
        else
        {
            TypedJson.Write(writer, item);
        }
    }

    /// <summary>Shows items: one line of JSON each, or an array with <c>--json</c>.</summary>
    public static void Show(CommandContext context, IReadOnlyList<Item> items, bool plain)
    {
        if (context.Json)
        {
            JsonOutput.Write(context.Console, writer =>
            {
                writer.WriteStartArray();
                foreach (var item in items)
                {
                    Write(writer, item, plain);
                }

                writer.WriteEndArray();
            });
            return;
        }

        foreach (var item in items)
        {
            JsonOutput.WriteLine(context.Console, writer => Write(writer, item, plain));
        }
    }

    /// <summary>The key of the words of a command line: an object of JSON, or the values themselves.</summary>
    /// <exception cref="CliException">There are too few, too many or wrong ones.</exception>
    public static Item Key(ItemTable table, IReadOnlyList<string> words, bool plain)
    {
        if (words is [['{', ..] json])
        {
            return Parse(json, plain);
        }

        if (words.Count != table.Key.Attributes.Count)
        {
            throw CliException.Usage($"the key of the table \"{table.Name}\" has {table.Key.Attributes.Count} values, not {words.Count}",
                $"give {string.Join(" and ", table.Key.Attributes.Select(static key => key.Name))}");
        }

        var item = new Item();
        for (var index = 0; index < words.Count; index++)
        {
            item[table.Key.Attributes[index].Name] = Value(table.Key.Attributes[index], words[index]);
        }

        return item;
    }

    /// <summary>The condition that nothing is there.</summary>
    public static WriteOptions Absent(ItemTable table) => new()
    {
        Condition = "attribute_not_exists(#k)",
        Names = new Dictionary<string, string>(StringComparer.Ordinal) { ["#k"] = table.Key.Partition.Name },
    };

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
    public static (Dictionary<string, string>? Names, Dictionary<string, AttributeValue>? Values) Placeholders(string? names,
        string? values, bool plain)
    {
        var named = names is null ? null : ItemJson.ParseItem(names).ToDictionary(
            static pair => pair.Key, static pair => pair.Value.ToString(), StringComparer.Ordinal);
        var valued = values is null ? null : Parse(values, plain).ToDictionary(StringComparer.Ordinal);
        return (named, valued);
    }

    private static string Describe(AttributeType type) => type switch
    {
        AttributeType.N => "a number",
        AttributeType.B => "bytes in hexadecimal digits",
        _ => "a text",
    };
}
