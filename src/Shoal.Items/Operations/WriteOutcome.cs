using Shoal.Items.Tables;
using Shoal.Items.Values;

namespace Shoal.Items.Operations;

/// <summary>What a write did.</summary>
/// <param name="Table">Where.</param>
/// <param name="Old">What was there; null for nothing, or when nobody needed to know.</param>
/// <param name="New">What is there now; null for nothing.</param>
internal sealed record WriteOutcome(ItemTable Table, Item? Old, Item? New)
{
    /// <summary>Size that the write is charged for: the larger of before and after. Units: bytes.</summary>
    public int Bytes => Math.Max(Old is null ? 0 : ItemSize.Of(Old), New is null ? 0 : ItemSize.Of(New));
}
