namespace Shoal.Client.Batching;

/// <summary>A call was cancelled. What had been handed over is settled; the results tell what became of every item.</summary>
public sealed class WriteCanceledException : OperationCanceledException
{
    internal WriteCanceledException(IReadOnlyList<ItemResult> results, CancellationToken cancellation)
        : base("the write was cancelled; items that had been handed over are settled, the others are not applied", cancellation) =>
        Results = results;

    /// <summary>One per item that was read, in the order of the input.</summary>
    public IReadOnlyList<ItemResult> Results { get; }
}
