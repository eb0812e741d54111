using Shoal.Items.Tables;
using Shoal.Items.Values;

namespace Shoal.Items.Storage;

/// <summary>Where an item stands in an index.</summary>
/// <param name="Partition">Hash and value of the index's partition key.</param>
/// <param name="Sort">The index's sort key; empty without.</param>
/// <param name="Tie">The table's key, which tells equal keys apart.</param>
internal sealed record IndexEntry(byte[] Partition, byte[] Sort, byte[] Tie)
{
    /// <summary>The entry of an item; null when the item has not all keys of the index.</summary>
    public static IndexEntry? KeyOf(Item item, ItemTable table, SecondaryIndex index)
    {
        if (!item.TryGetValue(index.Key.Partition.Name, out var partition) || partition.Type != index.Key.Partition.Type)
        {
            return null;
        }

        AttributeValue? sort = null;
        if (index.Key.Sort is { } definition
            && (!item.TryGetValue(definition.Name, out sort) || sort.Type != definition.Type))
        {
            return null;
        }

        return Of(partition, sort, item, table);
    }

    /// <summary>The entry with given keys.</summary>
    public static IndexEntry Of(AttributeValue partition, AttributeValue? sort, Item tableKey, ItemTable table) => new(
        KeyEncoding.EncodePartition(partition),
        sort is null ? [] : KeyEncoding.Encode(sort),
        KeyEncoding.EncodeTie(tableKey[table.Key.Partition.Name],
            table.Key.Sort is { } tableSort ? tableKey[tableSort.Name] : null));

    /// <summary>Whether the index copies an attribute.</summary>
    public static bool Projects(ItemTable table, SecondaryIndex index, string name) => index.Projection == ProjectionKind.All
        || index.Key.Contains(name) || table.Key.Contains(name) || index.Included.Contains(name, StringComparer.Ordinal);

    /// <summary>What of an item the index copies.</summary>
    public static Item Project(Item item, ItemTable table, SecondaryIndex index)
    {
        if (index.Projection == ProjectionKind.All)
        {
            return item;
        }

        var projected = new Item();
        foreach (var name in index.Key.Attributes.Concat(table.Key.Attributes).Select(static key => key.Name).Concat(index.Included))
        {
            if (item.TryGetValue(name, out var value))
            {
                projected.TryAdd(name, value);
            }
        }

        return projected;
    }

    public bool Same(IndexEntry other) => Partition.AsSpan().SequenceEqual(other.Partition)
        && Sort.AsSpan().SequenceEqual(other.Sort) && Tie.AsSpan().SequenceEqual(other.Tie);
}
