using Shoal.Items.Tables;
using Shoal.Items.Values;

namespace Shoal.Items.Storage;

/// <summary>A table's key as it is stored.</summary>
/// <param name="Partition">Hash and value of the partition key.</param>
/// <param name="Sort">The sort key; empty for tables without.</param>
internal readonly record struct ItemKey(byte[] Partition, byte[] Sort)
{
    /// <summary>The key of an item that has it.</summary>
    public static ItemKey Of(Item item, KeySchema schema) => new(
        KeyEncoding.EncodePartition(item[schema.Partition.Name]),
        schema.Sort is { } sort ? KeyEncoding.Encode(item[sort.Name]) : []);

    public bool Equals(ItemKey other) =>
        Partition.AsSpan().SequenceEqual(other.Partition) && Sort.AsSpan().SequenceEqual(other.Sort);

    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.AddBytes(Partition);
        hash.AddBytes(Sort);
        return hash.ToHashCode();
    }
}
