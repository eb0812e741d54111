using Shoal.Items.Values;

namespace Shoal.Items.Expressions;

/// <summary>A comparison of one attribute, of <c>Expected</c>, <c>QueryFilter</c>, <c>ScanFilter</c> or <c>KeyConditions</c>.</summary>
/// <param name="Operator">How.</param>
/// <param name="Values">With what.</param>
internal sealed record AttributeComparison(ComparisonOperator Operator, IReadOnlyList<AttributeValue> Values)
{
    public bool Holds(AttributeValue? value) => Operator switch
    {
        ComparisonOperator.EQ => Comparison.AreEqual(value, Values[0]),
        ComparisonOperator.NE => !Comparison.AreEqual(value, Values[0]),
        ComparisonOperator.LE => value?.CompareTo(Values[0]) <= 0,
        ComparisonOperator.LT => value?.CompareTo(Values[0]) < 0,
        ComparisonOperator.GE => value?.CompareTo(Values[0]) >= 0,
        ComparisonOperator.GT => value?.CompareTo(Values[0]) > 0,
        ComparisonOperator.NOT_NULL => value is not null,
        ComparisonOperator.NULL => value is null,
        ComparisonOperator.CONTAINS => Comparison.Contains(value, Values[0]),
        ComparisonOperator.NOT_CONTAINS => !Comparison.Contains(value, Values[0]),
        ComparisonOperator.BEGINS_WITH => Comparison.BeginsWith(value, Values[0]),
        ComparisonOperator.IN => Values.Any(other => Comparison.AreEqual(value, other)),
        ComparisonOperator.BETWEEN => Comparison.IsBetween(value, Values[0], Values[1]),
    };
}
