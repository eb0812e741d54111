using Shoal.Items.Values;

namespace Shoal.Items.Operations;

/// <summary>What a put, update or delete may ask for.</summary>
public sealed record WriteOptions
{
    /// <summary>A condition that must hold for the item as it is; null (default) for none.</summary>
    public string? Condition { get; init; }

    /// <summary>Attribute names by <c>#placeholder</c>.</summary>
    public IReadOnlyDictionary<string, string>? Names { get; init; }

    /// <summary>Values by <c>:placeholder</c>.</summary>
    public IReadOnlyDictionary<string, AttributeValue>? Values { get; init; }

    /// <summary>Whether the error of a condition that does not hold shows the item. Default false.</summary>
    public bool ItemOnFailure { get; init; }
}
