using Shoal.Items.Expressions;
using Shoal.Items.Values;

namespace Shoal.Items.Partiql;

/// <summary>What must hold for a PartiQL statement to read or write an item.</summary>
/// <param name="Rest">What it says beyond the key; null for nothing.</param>
/// <param name="WhenAbsent">Whether it holds for an item that is not there.</param>
/// <param name="WhenPresent">Whether it can hold for one that is.</param>
internal sealed record PartiqlCondition(ExpressionNode? Rest, bool WhenAbsent, bool WhenPresent = true) : IItemCondition
{
    /// <inheritdoc/>
    public bool Holds(Item item) => item.Count == 0 ? WhenAbsent
        : WhenPresent && (Rest is null || ConditionExpression.Holds(Rest, item));
}
