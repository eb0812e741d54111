namespace Shoal.Sync;

/// <summary>What became of messages that were pushed together; durable when it is given.</summary>
/// <param name="Ids">In the order they were sent: their numbers; null for one whose idempotency key was known.</param>
public sealed record PushReceipt(IReadOnlyList<long?> Ids)
{
    /// <summary>Messages taken.</summary>
    public int Accepted => Ids.Count(static id => id is not null);

    /// <summary>Messages that were sent before.</summary>
    public int Duplicates => Ids.Count - Accepted;
}
