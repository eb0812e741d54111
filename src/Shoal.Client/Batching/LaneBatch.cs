using Shoal.Client.Bulk;

namespace Shoal.Client.Batching;

/// <summary>Rows that go to one database in one request, from the first that is added to the last that is settled.</summary>
/// <remarks>Thread: under the engine's lock until it is on its way; then its sender alone.</remarks>
internal sealed class LaneBatch<T>(Lane<T> lane, Target<T> target, RowBlock<T> rows, bool isDelete, bool numbered, TimeSpan created)
{
    public Lane<T> Lane => lane;

    public Target<T> Target => target;

    public RowBlock<T> Rows => rows;

    public bool IsDelete => isDelete;

    /// <summary>When its first item came, on the engine's clock.</summary>
    public TimeSpan Created => created;

    /// <summary>Who waits, row by row.</summary>
    public List<Ticket> Tickets { get; } = [];

    /// <summary>Numbers of the rows in the spool; null without one.</summary>
    public List<long>? Numbers { get; } = numbered ? [] : null;

    /// <summary>The first row that is not dropped.</summary>
    public int Head { get; set; }

    /// <summary>Rows that are to be sent.</summary>
    public int Live => rows.Count - Head;

    /// <summary>What it counts in the engine's bytes.</summary>
    public long Bytes { get; set; }

    /// <summary>What the timer has of it until it is sealed.</summary>
    public LingerEntry<T>? Lingering { get; set; }

    /// <summary>Whether it is on its way; then nothing of it can be dropped.</summary>
    public bool IsSending { get; set; }

    /// <summary>Why it is to go as soon as its lane is free; none while it may still wait for rows.</summary>
    public FlushReason Wanted { get; set; }

    /// <summary>Flushes that wait for it.</summary>
    public List<FlushWaiter>? Waiters { get; set; }

    public LinkedListNode<LaneBatch<T>>? Node { get; set; }

    /// <summary>It takes no more rows.</summary>
    public void Seal()
    {
        Lingering?.Batch = null;
        Lingering = null;
    }
}
