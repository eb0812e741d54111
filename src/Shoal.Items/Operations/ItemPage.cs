using Shoal.Items.Values;

namespace Shoal.Items.Operations;

/// <summary>A page of a query or scan.</summary>
/// <param name="Items">What was found; empty for <see cref="SelectKind.Count"/>.</param>
/// <param name="Count">Items that passed the filter.</param>
/// <param name="ScannedCount">Items looked at.</param>
/// <param name="LastKey">Where the next page begins; null when this is the last.</param>
public sealed record ItemPage(IReadOnlyList<Item> Items, int Count, int ScannedCount, Item? LastKey);
