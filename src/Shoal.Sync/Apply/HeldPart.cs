namespace Shoal.Sync.Apply;

/// <summary>A tenant's part of a transaction that came while the tenant was being copied.</summary>
/// <param name="transaction">The transaction.</param>
/// <param name="changes">What it does here.</param>
/// <param name="seal">Whether nothing may be merged behind it: another tenant waits for it.</param>
internal sealed class HeldPart(SourceTransaction transaction, ChangeSet changes, bool seal)
{
    public SourceTransaction Transaction { get; } = transaction;

    public ChangeSet Changes { get; } = changes;

    public bool Seals { get; } = seal;

    /// <summary>Ends when it is durable, in the copy or after it, or was given up.</summary>
    public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void DoneAfter(Task segment) => _ = segment.ContinueWith(static (_, done) => ((TaskCompletionSource)done!).TrySetResult(), Done,
        CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
}
