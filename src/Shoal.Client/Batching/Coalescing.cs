namespace Shoal.Client.Batching;

/// <summary>What happens to items of one call that have the same key: the same database, and the same values in all key columns.</summary>
public enum Coalescing
{
    /// <summary>All are written, in the order of the writer.</summary>
    Off,

    /// <summary>
    /// The last one is written; the others are <see cref="ItemStatus.Superseded"/>. A delete after a write is a delete.
    /// </summary>
    Last,

    /// <summary>
    /// They are merged into one by <see cref="BatchWriterOptions{T}.Merge"/>, in order; a delete forgets those before it.
    /// </summary>
    Merge,
}
