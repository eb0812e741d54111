namespace Shoal.Items.Storage;

/// <summary>A stretch of a table or an index, and where to begin in it.</summary>
internal sealed record ItemRange
{
    /// <summary>The table or index.</summary>
    public required long Id { get; init; }

    /// <summary>Whether <see cref="Id"/> is an index.</summary>
    public bool IsIndex { get; init; }

    /// <summary>The one partition; null for all.</summary>
    public byte[]? Partition { get; init; }

    /// <summary>Of all partitions, the first that counts; null for all.</summary>
    public byte[]? PartitionFrom { get; init; }

    /// <summary>The first partition that does not count any more; null for no end.</summary>
    public byte[]? PartitionTo { get; init; }

    /// <summary>The first sort key.</summary>
    public byte[]? SortFrom { get; init; }

    /// <summary>The first sort key that does not count any more.</summary>
    public byte[]? SortTo { get; init; }

    /// <summary>The place after which to begin; null for the start. Its third part is used for indexes only.</summary>
    public (byte[] Partition, byte[] Sort, byte[] Tie)? After { get; init; }

    /// <summary>Whether to go from the end to the start.</summary>
    public bool Backward { get; init; }
}
