namespace Shoal.Client.Batching;

/// <summary>Waits until some batches are settled, and counts how.</summary>
/// <remarks>Thread: under the engine's lock, but for <see cref="Task"/>.</remarks>
internal sealed class FlushWaiter
{
    private readonly TaskCompletionSource<FlushReport> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _pending;
    private FlushReport _report = new();

    public Task<FlushReport> Task => _done.Task;

    public void Add() => _pending++;

    /// <summary>Nothing more will be added.</summary>
    public void CompleteIfEmpty()
    {
        if (_pending == 0)
        {
            _done.TrySetResult(_report);
        }
    }

    public void Settled(FlushReport part)
    {
        _report = _report.Plus(part);
        _pending--;
        CompleteIfEmpty();
    }
}
