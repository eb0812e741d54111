namespace Shoal.Sync.Apply;

/// <summary>Transactions of one tenant that commit together.</summary>
/// <param name="changes">Of the first, which are the segment's from now on: what comes later is merged into them.</param>
internal sealed class Segment(ChangeSet changes)
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ChangeSet Changes { get; } = changes;

    public List<SourceTransaction> Transactions { get; } = [];

    /// <summary>What it waits for: where rows leave a tenant, their arrival at another.</summary>
    public List<Task> After { get; } = [];

    /// <summary>Whether nothing may be merged into it any more.</summary>
    public bool IsSealed { get; set; }

    public ulong LastLsn => Transactions[^1].CommitLsn;

    /// <summary>Ends when it is durable or given up.</summary>
    public Task Done => _done.Task;

    public void Finish() => _done.TrySetResult();
}
