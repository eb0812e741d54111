using Shoal.Client.Batching;

namespace Shoal.Client.Buffering;

/// <summary>Waits for one item's result. Its task never fails.</summary>
internal sealed class Receipt : IResultSink
{
    private readonly TaskCompletionSource<ItemResult> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<ItemResult> Task => _done.Task;

    public void Settle(in ItemResult result) => _done.TrySetResult(result);
}
