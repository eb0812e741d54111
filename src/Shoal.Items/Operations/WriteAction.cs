using Shoal.Items.Expressions;
using Shoal.Items.Values;

namespace Shoal.Items.Operations;

/// <summary>One write, its expressions parsed.</summary>
internal sealed record WriteAction
{
    public required WriteKind Kind { get; init; }

    public required string Table { get; init; }

    /// <summary>The item of a put, the key of everything else.</summary>
    public required Item Item { get; init; }

    /// <summary>What must hold; null for nothing.</summary>
    public IItemCondition? Condition { get; init; }

    /// <summary>What an update does; null for an update that only makes sure that the item is there.</summary>
    public IItemUpdate? Update { get; init; }

    /// <summary>Its expressions and their values as text, to tell requests apart.</summary>
    public string Text { get; init; } = "";

    /// <summary>Whether the caller wants to see what was there before.</summary>
    public bool WantsOld { get; init; }

    /// <summary>Whether the caller wants to see the item when the condition does not hold.</summary>
    public bool WantsItemOnFailure { get; init; }
}
