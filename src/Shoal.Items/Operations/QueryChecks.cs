using System.Globalization;
using Shoal.Items.Expressions;
using Shoal.Items.Storage;
using Shoal.Items.Tables;
using Shoal.Items.Values;

namespace Shoal.Items.Operations;

/// <summary>Turns a query into a range. Errors come in DynamoDB's order.</summary>
internal static class QueryChecks
{
    private const string BadStart = "The provided starting key is invalid";

    public static ItemRange Plan(ItemTable table, SecondaryIndex? index, KeySchema schema, RangeInput input, int startCount)
    {
        var conditions = input.KeyConditions!;
        if (conditions.Count > 2)
        {
            throw ItemException.Validation(string.Create(CultureInfo.InvariantCulture,
                $"The number of query conditions ({conditions.Count}) exceeds the number of key attributes defined in the schema ")
                + string.Create(CultureInfo.InvariantCulture, $"({schema.Count})"));
        }

        if (input.StartKey is { } given && given.Count != startCount)
        {
            throw ItemException.Validation(BadStart);
        }

        foreach (var key in schema.Attributes)
        {
            CheckKey(key, schema, input);
        }

        var partition = conditions[schema.Partition.Name].Values[0];
        var sort = schema.Sort is { } definition ? conditions.GetValueOrDefault(definition.Name) : null;
        if (input.StartKey is { } start)
        {
            CheckStart(table, schema, start, partition, sort);
        }

        ItemRules.CheckNestedKeys(input.Projection?.NestedHeads, table);
        CheckFilter(schema, input.Filter);
        Ranges.CheckSelect(table, index, input);
        ItemRules.CheckNestedKeys((input.Filter as ConditionExpression)?.NestedHeads, table);
        var (from, to) = sort is null ? (null, null) : SortRange(sort);
        return new ItemRange
        {
            Id = index?.Id ?? table.Id,
            IsIndex = index is not null,
            Partition = KeyEncoding.EncodePartition(partition),
            SortFrom = from,
            SortTo = to,
            After = input.StartKey is null ? null : Ranges.PlaceOf(table, index, input.StartKey),
            Backward = input.Backward,
        };
    }

    private static void CheckKey(KeyDefinition key, KeySchema schema, RangeInput input)
    {
        var conditions = input.KeyConditions!;
        var isPartition = key == schema.Partition;
        if (input.StartKey is { } start)
        {
            if (!start.TryGetValue(key.Name, out var value))
            {
                throw ItemException.Validation(BadStart);
            }

            ItemRules.CheckKeyPart(value, key, isPartition);
        }

        if (isPartition && schema.Sort is null && conditions.Count > 1)
        {
            throw ItemException.Validation("Query key condition not supported");
        }

        if (!conditions.TryGetValue(key.Name, out var condition))
        {
            if (isPartition || conditions.Count > 1)
            {
                throw ItemException.Validation($"Query condition missed key schema element: {key.Name}");
            }

            return;
        }

        if (condition.Operator is ComparisonOperator.NULL or ComparisonOperator.NOT_NULL or ComparisonOperator.NE
            or ComparisonOperator.CONTAINS or ComparisonOperator.NOT_CONTAINS or ComparisonOperator.IN)
        {
            throw ItemException.Validation("Attempted conditional constraint is not an indexable operation");
        }

        foreach (var value in condition.Values)
        {
            if (value.Type != key.Type)
            {
                throw ItemException.Validation(
                    "One or more parameter values were invalid: Condition parameter type does not match schema type");
            }

            if (value is { Type: AttributeType.S, AsText.Length: 0 } or { Type: AttributeType.B, AsBytes.Length: 0 })
            {
                throw ItemException.Validation("One or more parameter values are not valid. The AttributeValue for a key attribute "
                    + $"cannot contain an empty {(key.Type == AttributeType.S ? "string" : "binary")} value. Key: {key.Name}");
            }

            CheckSize(value, isPartition);
        }

        if (isPartition && condition.Operator != ComparisonOperator.EQ)
        {
            throw ItemException.Validation("Query key condition not supported");
        }
    }

    private static void CheckSize(AttributeValue value, bool isPartition)
    {
        var limit = isPartition ? ItemLimits.PartitionKeyBytesMax : ItemLimits.SortKeyBytesMax;
        if (value.Type is AttributeType.S or AttributeType.B && ItemSize.Of(value) > limit)
        {
            throw ItemException.Validation(isPartition
                ? "One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of2048 bytes"
                : "One or more parameter values were invalid: Aggregated size of all range keys has exceeded the size limit of 1024 bytes");
        }
    }

    private static void CheckStart(ItemTable table, KeySchema schema, Item start, AttributeValue partition,
        AttributeComparison? sort)
    {
        Ranges.CheckTableStartKey(table, start);
        var isSamePartition = start[schema.Partition.Name].Equals(partition);
        if (sort is null)
        {
            if (!isSamePartition)
            {
                throw ItemException.Validation(
                    "The provided starting key is outside query boundaries based on provided conditions");
            }
        }
        else if (!sort.Holds(start[schema.Sort!.Name]))
        {
            throw ItemException.Validation("The provided starting key does not match the range key predicate");
        }
        else if (!isSamePartition)
        {
            throw ItemException.Validation("The query can return at most one row and cannot be restarted");
        }
    }

    private static void CheckFilter(KeySchema schema, IItemCondition? filter)
    {
        var (heads, name) = filter switch
        {
            ConditionExpression expression => (expression.Heads, "Filter Expression"),
            AttributeConditions conditions => (conditions.Heads, "QueryFilter"),
            _ => (Enumerable.Empty<string>(), ""),
        };
        foreach (var key in schema.Attributes)
        {
            if (heads.Contains(key.Name))
            {
                throw ItemException.Validation(
                    $"{name} can only contain non-primary key attributes: Primary key attribute: {key.Name}");
            }
        }
    }

    /// <summary>From the first key that counts to the first that does not any more.</summary>
    private static (byte[]? From, byte[]? To) SortRange(AttributeComparison condition)
    {
        var value = KeyEncoding.Encode(condition.Values[0]);
        return condition.Operator switch
        {
            ComparisonOperator.EQ => (value, After(value)),
            ComparisonOperator.LT => (null, value),
            ComparisonOperator.LE => (null, After(value)),
            ComparisonOperator.GT => (After(value), null),
            ComparisonOperator.GE => (value, null),
            ComparisonOperator.BETWEEN => (value, After(KeyEncoding.Encode(condition.Values[1]))),
            _ => (value, KeyEncoding.AfterPrefix(value)),
        };
    }

    /// <summary>The key right after another: the same with a zero byte behind it.</summary>
    private static byte[] After(byte[] key) => [.. key, 0];
}
