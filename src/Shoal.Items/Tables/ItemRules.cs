using Shoal.Items.Expressions;
using Shoal.Items.Storage;
using Shoal.Items.Values;

namespace Shoal.Items.Tables;

/// <summary>What keys and items must be like for a table.</summary>
internal static class ItemRules
{
    private const string Invalid = "One or more parameter values were invalid: ";
    private const string NotValid = "One or more parameter values are not valid. ";
    private const string NotTheSchema = "The provided key element does not match the schema";

    /// <summary>Passes when exactly the key's attributes are given, each of its type and not too large.</summary>
    public static void CheckKey(Item key, KeySchema schema)
    {
        if (key.Count != schema.Count)
        {
            throw ItemException.Validation(NotTheSchema);
        }

        CheckKeyParts(key, schema);
    }

    /// <summary>Passes when no part of a key is empty; what else may be wrong with it is not looked at.</summary>
    public static void CheckNotEmpty(Item item, KeySchema schema)
    {
        foreach (var attribute in schema.Attributes)
        {
            if (item.TryGetValue(attribute.Name, out var value) && IsEmpty(value) && value.Type == attribute.Type)
            {
                throw ItemException.Validation(NotValid + EmptyKey(attribute));
            }
        }
    }

    /// <summary>Passes when no key of an index in an item is empty; what else may be wrong with it is not looked at.</summary>
    public static void CheckIndexKeysNotEmpty(Item item, ItemTable table) => ForEachIndexKey(table, (key, index) =>
    {
        if (item.TryGetValue(key.Name, out var value) && value.Type == key.Type)
        {
            CheckIndexKeyNotEmpty(value, key, index);
        }
    });

    /// <summary>Passes when an update expression does not give a key of an index an empty value.</summary>
    public static void CheckUpdatedIndexKey(AttributeValue value, KeyDefinition key)
    {
        if (value.Type == key.Type && IsEmpty(value))
        {
            throw ItemException.Validation($"{NotValid}The update expression attempted to update a secondary index key to a value that "
                + $"is not supported. The AttributeValue for a key attribute cannot contain an empty {EmptyType(key)} value.");
        }
    }

    /// <summary>As <see cref="CheckKey"/>; other attributes may be there.</summary>
    public static void CheckKeyParts(Item key, KeySchema schema)
    {
        CheckKeyPart(key.GetValueOrDefault(schema.Partition.Name), schema.Partition, isPartition: true);
        if (schema.Sort is { } sort)
        {
            CheckKeyPart(key.GetValueOrDefault(sort.Name), sort, isPartition: false);
        }
    }

    /// <summary>Passes when a value can be that of a key's attribute.</summary>
    public static void CheckKeyPart(AttributeValue? value, KeyDefinition attribute, bool isPartition)
    {
        if (value?.Type != attribute.Type)
        {
            throw ItemException.Validation(NotTheSchema);
        }

        if (IsEmpty(value))
        {
            throw ItemException.Validation(NotValid + EmptyKey(attribute));
        }

        CheckKeySize(value, isPartition);
    }

    /// <summary>Passes when an item has the table's key, and keys of indexes have their type.</summary>
    /// <param name="item">The item.</param>
    /// <param name="table">Its table.</param>
    /// <param name="inBatch">Whether it is one of several: then a missing key and one of the wrong type are one error.</param>
    public static void CheckItem(Item item, ItemTable table, bool inBatch)
    {
        CheckItemKey(item, table.Key.Partition, isPartition: true, inBatch);
        if (table.Key.Sort is { } sort)
        {
            CheckItemKey(item, sort, isPartition: false, inBatch);
        }

        if (table.Indexes.Count > 0)
        {
            CheckIndexKeys(item, table);
        }
    }

    /// <summary>Passes when the keys of indexes in an item have their type and are not too large.</summary>
    public static void CheckIndexKeys(Item item, ItemTable table) => ForEachIndexKey(table, (key, index) =>
    {
        if (!item.TryGetValue(key.Name, out var value))
        {
            return;
        }

        if (value.Type != key.Type)
        {
            throw WrongIndexKey(key, index, value.Type);
        }

        CheckIndexKeyNotEmpty(value, key, index);
        CheckKeySize(value, key == index.Key.Partition);
    });

    /// <summary>The error of a key of an index that has the wrong type.</summary>
    public static ItemException WrongIndexKey(KeyDefinition key, SecondaryIndex index, AttributeType actual) =>
        ItemException.Validation(
            $"{Invalid}Type mismatch for Index Key {key.Name} Expected: {key.Type} Actual: {actual} IndexName: {index.Name}");

    /// <summary>Global indexes' keys, then local indexes' sort keys: the order in which errors are told.</summary>
    public static void ForEachIndexKey(ItemTable table, Action<KeyDefinition, SecondaryIndex> visit)
    {
        foreach (var index in table.GlobalIndexes)
        {
            foreach (var key in index.Key.Attributes)
            {
                visit(key, index);
            }
        }

        foreach (var index in table.LocalIndexes)
        {
            visit(index.Key.Sort!, index);
        }
    }

    /// <summary>Passes when no path looks into a key.</summary>
    public static void CheckNestedKeys(IEnumerable<string>? nestedHeads, ItemTable table)
    {
        if (nestedHeads is null)
        {
            return;
        }

        const string Scalars = "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: ";
        var heads = nestedHeads.ToHashSet(StringComparer.Ordinal);
        if (heads.Count == 0)
        {
            return;
        }

        foreach (var key in table.Key.Attributes)
        {
            if (heads.Contains(key.Name))
            {
                throw ItemException.Validation($"{Scalars}Key: {key.Name}");
            }
        }

        ForEachIndexKey(table, (key, _) =>
        {
            if (heads.Contains(key.Name))
            {
                throw ItemException.Validation($"{Scalars}IndexKey: {key.Name}");
            }
        });
    }

    /// <summary>What is wrong with a number.</summary>
    public static string DescribeNumber(NumberStatus status, string text) => status switch
    {
        NumberStatus.Overflow => "Number overflow. Attempting to store a number with magnitude larger than supported range",
        NumberStatus.Underflow => "Number underflow. Attempting to store a number with magnitude smaller than supported range",
        NumberStatus.TooPrecise => "Attempting to store more than 38 significant digits in a Number",
        _ => text.Length == 0 ? "The parameter cannot be converted to a numeric value"
            : $"The parameter cannot be converted to a numeric value: {text}",
    };

    /// <summary>The attributes of a key, of an item that has them.</summary>
    public static Item KeyOf(Item item, KeySchema schema)
    {
        var key = new Item { [schema.Partition.Name] = item[schema.Partition.Name] };
        if (schema.Sort is { } sort)
        {
            key.TryAdd(sort.Name, item[sort.Name]);
        }

        return key;
    }

    private static void CheckItemKey(Item item, KeyDefinition attribute, bool isPartition, bool inBatch)
    {
        var isThere = item.TryGetValue(attribute.Name, out var value);
        if (inBatch && value?.Type != attribute.Type)
        {
            throw ItemException.Validation(NotTheSchema);
        }

        if (!isThere)
        {
            throw ItemException.Validation($"{Invalid}Missing the key {attribute.Name} in the item");
        }

        if (value!.Type != attribute.Type)
        {
            throw ItemException.Validation(
                $"{Invalid}Type mismatch for key {attribute.Name} expected: {attribute.Type} actual: {value.Type}");
        }

        if (IsEmpty(value))
        {
            throw ItemException.Validation(NotValid + EmptyKey(attribute));
        }

        CheckKeySize(value, isPartition);
    }

    private static bool IsEmpty(AttributeValue value) =>
        value is { Type: AttributeType.S, AsText.Length: 0 } or { Type: AttributeType.B, AsBytes.Length: 0 };

    private static void CheckIndexKeyNotEmpty(AttributeValue value, KeyDefinition key, SecondaryIndex index)
    {
        if (IsEmpty(value))
        {
            throw ItemException.Validation($"{NotValid}A value specified for a secondary index key is not supported. The AttributeValue "
                + $"for a key attribute cannot contain an empty {EmptyType(key)} value. IndexName: {index.Name}, IndexKey: {key.Name}");
        }
    }

    private static string EmptyKey(KeyDefinition key) =>
        $"The AttributeValue for a key attribute cannot contain an empty {EmptyType(key)} value. Key: {key.Name}";

    private static string EmptyType(KeyDefinition key) => key.Type == AttributeType.S ? "string" : "binary";

    private static void CheckKeySize(AttributeValue value, bool isPartition)
    {
        var size = value.Type switch
        {
            AttributeType.S => AttributeValue.Utf8Length(value.AsText),
            AttributeType.B => value.AsBytes.Length,
            _ => 0,
        };
        if (isPartition && size > ItemLimits.PartitionKeyBytesMax)
        {
            throw ItemException.Validation($"{Invalid}Size of hashkey has exceeded the maximum size limit of2048 bytes");
        }

        if (!isPartition && size > ItemLimits.SortKeyBytesMax)
        {
            throw ItemException.Validation(
                $"{Invalid}Aggregated size of all range keys has exceeded the size limit of 1024 bytes");
        }
    }
}
