using Shoal.Items.Values;

namespace Shoal.Items.Expressions;

/// <summary>Comparisons by attribute: all of them, or one, must hold.</summary>
internal sealed class AttributeConditions(IReadOnlyDictionary<string, AttributeComparison> comparisons, bool any) : IItemCondition
{
    /// <summary>The attributes that are compared.</summary>
    public IEnumerable<string> Heads => comparisons.Keys;

    /// <inheritdoc/>
    public bool Holds(Item item)
    {
        foreach (var (name, comparison) in comparisons)
        {
            if (comparison.Holds(item.GetValueOrDefault(name)) == any)
            {
                return any;
            }
        }

        return !any || comparisons.Count == 0;
    }
}
