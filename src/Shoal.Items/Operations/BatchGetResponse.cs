using Shoal.Items.Values;

namespace Shoal.Items.Operations;

/// <summary>What a batch read found.</summary>
/// <param name="Items">Table, key as it was asked for, and item; keys without an item are missing.</param>
/// <param name="UnprocessedKeys">What is to be asked for again, because the answer would be larger than 16 MB.</param>
public sealed record BatchGetResponse(IReadOnlyList<(string Table, Item Key, Item Item)> Items, BatchGetRequest UnprocessedKeys)
{
    /// <summary>The item of a key; null when there is none.</summary>
    public Item? Find(string table, Item key)
    {
        var wanted = AttributeValue.Map(key);
        foreach (var (name, found, item) in Items)
        {
            if (name == table && AttributeValue.Map(found).Equals(wanted))
            {
                return item;
            }
        }

        return null;
    }
}
