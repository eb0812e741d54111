using System.Text.Json;
using Shoal.Items;
using Shoal.Items.Expressions;
using Shoal.Items.Values;

namespace Shoal.Server.Items.Wire;

/// <summary>Reads the older parameters: <c>Expected</c>, <c>QueryFilter</c>, <c>ScanFilter</c>, <c>KeyConditions</c>.</summary>
internal static class LegacyConditions
{
    private const string Invalid = "One or more parameter values were invalid: ";

    private const string EmptyRange =
        "The BETWEEN condition was provided a range where the lower bound is greater than the upper bound";

    /// <summary>Filters and conditions on keys; null when absent.</summary>
    /// <exception cref="ItemException">One is not valid.</exception>
    public static Dictionary<string, AttributeComparison>? Read(in RequestReader request, string name)
    {
        if (request.Map(name) is not { } map)
        {
            return null;
        }

        var result = new Dictionary<string, AttributeComparison>(StringComparer.Ordinal);
        foreach (var (attribute, json) in map)
        {
            var condition = new RequestReader(json);
            var comparison = new AttributeComparison(OperatorOf(condition),
                [.. condition.List("AttributeValueList").Select(ValueReader.Read)]);
            CheckCount(comparison.Operator, comparison.Values.Count);
            CheckTypes(comparison);
            result.Add(attribute, comparison);
        }

        return result;
    }

    /// <summary>What a write expects; null when absent.</summary>
    /// <exception cref="ItemException">One is not valid.</exception>
    public static AttributeConditions? ReadExpected(in RequestReader request)
    {
        if (request.Map("Expected") is not { } map)
        {
            return null;
        }

        var result = new Dictionary<string, AttributeComparison>(StringComparer.Ordinal);
        foreach (var (attribute, json) in map)
        {
            result.Add(attribute, ReadExpected(attribute, new RequestReader(json)));
        }

        return new AttributeConditions(result, IsAny(request));
    }

    /// <summary>Whether one condition is enough.</summary>
    public static bool IsAny(in RequestReader request) => request.Text("ConditionalOperator") == "OR";

    /// <summary>Passes when a comparison can be made with values of these types.</summary>
    /// <exception cref="ItemException">It can not.</exception>
    public static void CheckTypes(AttributeComparison comparison)
    {
        CheckSameType(comparison.Values);
        foreach (var value in comparison.Values)
        {
            var allowed = comparison.Operator switch
            {
                ComparisonOperator.EQ or ComparisonOperator.NE =>
                    value.IsSet || value.Type is AttributeType.S or AttributeType.N or AttributeType.B
                    or AttributeType.L or AttributeType.M or AttributeType.BOOL or AttributeType.NULL,
                ComparisonOperator.BEGINS_WITH => value.Type is AttributeType.S or AttributeType.B,
                _ => value.Type is AttributeType.S or AttributeType.N or AttributeType.B,
            };
            if (!allowed)
            {
                throw ItemException.Validation(
                    $"{Invalid}ComparisonOperator {comparison.Operator} is not valid for {value.Type} AttributeValue type");
            }
        }

        CheckRange(comparison);
    }

    private static AttributeComparison ReadExpected(string attribute, RequestReader condition)
    {
        var hasList = condition.Has("AttributeValueList");
        var hasValue = condition.Has("Value");
        if (hasList && hasValue)
        {
            throw ItemException.Validation(
                $"{Invalid}Value and AttributeValueList cannot be used together for Attribute: {attribute}");
        }

        if (condition.Has("ComparisonOperator"))
        {
            return ReadComparison(attribute, condition, hasList, hasValue);
        }

        if (hasList)
        {
            throw ItemException.Validation(
                $"{Invalid}AttributeValueList can only be used with a ComparisonOperator for Attribute: {attribute}");
        }

        var exists = condition.OptionalFlag("Exists");
        if (exists is not false && !hasValue)
        {
            throw ItemException.Validation($"{Invalid}Value must be provided when Exists is "
                + $"{(exists is null ? "null" : "true")} for Attribute: {attribute}");
        }

        if (exists is false && hasValue)
        {
            throw ItemException.Validation($"{Invalid}Value cannot be used when Exists is false for Attribute: {attribute}");
        }

        return exists is false
            ? new AttributeComparison(ComparisonOperator.NULL, [])
            : new AttributeComparison(ComparisonOperator.EQ, [ValueReader.Read(condition.Member("Value")!.Value)]);
    }

    private static AttributeComparison ReadComparison(string attribute, RequestReader condition, bool hasList, bool hasValue)
    {
        var comparer = OperatorOf(condition);
        if (condition.Has("Exists"))
        {
            throw ItemException.Validation(
                $"{Invalid}Exists and ComparisonOperator cannot be used together for Attribute: {attribute}");
        }

        if (comparer is not (ComparisonOperator.NULL or ComparisonOperator.NOT_NULL) && !hasList && !hasValue)
        {
            throw ItemException.Validation($"{Invalid}Value or AttributeValueList must be used with ComparisonOperator: {comparer} "
                + $"for Attribute: {attribute}");
        }

        JsonElement[] json = hasList ? [.. condition.List("AttributeValueList")]
            : hasValue ? [condition.Member("Value")!.Value] : [];
        CheckCount(comparer, json.Length);
        var comparison = new AttributeComparison(comparer, [.. json.Select(ValueReader.Read)]);
        CheckSameType(comparison.Values);
        CheckRange(comparison);
        return comparison;
    }

    private static ComparisonOperator OperatorOf(in RequestReader condition) =>
        Enum.Parse<ComparisonOperator>(condition.Text("ComparisonOperator")!);

    private static void CheckCount(ComparisonOperator comparer, int count)
    {
        var fits = comparer switch
        {
            ComparisonOperator.NULL or ComparisonOperator.NOT_NULL => count == 0,
            ComparisonOperator.IN => count > 0,
            ComparisonOperator.BETWEEN => count == 2,
            _ => count == 1,
        };
        if (!fits)
        {
            throw ItemException.Validation($"{Invalid}Invalid number of argument(s) for the {comparer} ComparisonOperator");
        }
    }

    private static void CheckSameType(IReadOnlyList<AttributeValue> values)
    {
        if (values.Any(value => value.Type != values[0].Type))
        {
            throw ItemException.Validation($"{Invalid}AttributeValues inside AttributeValueList must be of same type");
        }
    }

    private static void CheckRange(AttributeComparison comparison)
    {
        if (comparison.Operator == ComparisonOperator.BETWEEN && comparison.Values[0].CompareTo(comparison.Values[1]) > 0)
        {
            throw ItemException.Validation(EmptyRange);
        }
    }
}
