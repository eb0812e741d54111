namespace Shoal.Client.Batching;

/// <summary>Waits until some batches are settled, and counts how.</summary>
/// <remarks>Thread: under the engine's lock, but for <see cref="Task"/>.</remarks>
internal sealed class FlushWaiter
{
    private readonly TaskCompletionSource<FlushReport> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _pending;
    private FlushReport _report = new();

    public Task<FlushReport> Task => _done.Task;

    /// <summary>Waits for one more batch.</summary>
    public void Add<T>(LaneBatch<T> batch)
    {
        _pending++;
        (batch.Waiters ??= []).Add(this);
    }

    /// <summary>Nothing more will be added.</summary>
    public void CompleteIfEmpty()
    {
        if (_pending == 0)
        {
            _done.TrySetResult(_report);
        }
    }

    /// <summary>What became of a batch; a batch that was counted before it was waited for is not this one's to count.</summary>
    public void Count(FlushReport part) => _report = _report.Plus(part);

    /// <summary>All items of a batch have their results.</summary>
    public void Settled()
    {
        _pending--;
        CompleteIfEmpty();
    }
}
