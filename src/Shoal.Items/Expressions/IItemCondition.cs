using Shoal.Items.Values;

namespace Shoal.Items.Expressions;

/// <summary>Says of an item whether it is one of those that are meant.</summary>
/// <remarks>Two ways to say it exist: expressions, and the older lists of comparisons.</remarks>
internal interface IItemCondition
{
    /// <summary>Whether it holds; an absent item is an empty one.</summary>
    bool Holds(Item item);
}
