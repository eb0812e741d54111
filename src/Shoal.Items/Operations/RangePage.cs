using Shoal.Items.Tables;
using Shoal.Items.Values;

namespace Shoal.Items.Operations;

/// <summary>A page of a query or scan.</summary>
internal sealed record RangePage
{
    public required ItemTable Table { get; init; }

    public SecondaryIndex? Index { get; init; }

    /// <summary>What passed the filter, as it is to be shown.</summary>
    public required IReadOnlyList<Item> Items { get; init; }

    /// <summary>Items looked at.</summary>
    public required int ScannedCount { get; init; }

    /// <summary>Where the next page begins; null when this one is the last.</summary>
    public Item? LastKey { get; init; }

    /// <summary>Size of what was read from the table. Units: bytes.</summary>
    public long TableBytes { get; init; }

    /// <summary>Size of what was read from the index. Units: bytes.</summary>
    public long IndexBytes { get; init; }
}
