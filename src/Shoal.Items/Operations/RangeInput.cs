using Shoal.Items.Expressions;
using Shoal.Items.Values;

namespace Shoal.Items.Operations;

/// <summary>A query or a scan, its expressions parsed.</summary>
internal sealed record RangeInput
{
    public required string Table { get; init; }

    public string? Index { get; init; }

    /// <summary>The conditions on keys of a query; null for a scan.</summary>
    public IReadOnlyDictionary<string, AttributeComparison>? KeyConditions { get; init; }

    public Item? StartKey { get; init; }

    public IItemCondition? Filter { get; init; }

    public Projection? Projection { get; init; }

    public SelectKind Select { get; init; }

    public bool ConsistentRead { get; init; }

    public bool Backward { get; init; }

    /// <summary>Items to look at; null for as many as fit.</summary>
    public int? Limit { get; init; }

    public int Segment { get; init; }

    /// <summary>Segments of a parallel scan; 1 for all in one.</summary>
    public int TotalSegments { get; init; } = 1;
}
