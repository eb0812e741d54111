using Shoal.Items.Tables;
using Shoal.Items.Values;

namespace Shoal.Items.Expressions;

/// <summary>Changes an item.</summary>
/// <remarks>Two ways to say it exist: expressions, and the older list of attributes.</remarks>
internal interface IItemUpdate
{
    /// <summary>What it changes, for answers that show only that.</summary>
    IReadOnlyList<DocumentPath> Paths { get; }

    /// <summary>Passes when it does not touch the key, and gives keys of indexes their type.</summary>
    /// <exception cref="ItemException">It does.</exception>
    void Validate(ItemTable table);

    /// <summary>Passes when it does not give a key of an index an empty value, as far as that is known without the item.</summary>
    /// <exception cref="ItemException">It does.</exception>
    void CheckNotEmpty(ItemTable table);

    /// <summary>The item after the update.</summary>
    /// <exception cref="ItemException">A value has the wrong type, or a path leads nowhere.</exception>
    Item Apply(Item item, ItemTable table);
}
