namespace Shoal.Client.Batching;

/// <summary>Tells all who wait that something has changed, once for each change.</summary>
/// <remarks>Thread: under its owner's lock; the waiting is outside of it.</remarks>
internal sealed class Pulse
{
    private TaskCompletionSource _next = New();

    /// <summary>Completes at the next change.</summary>
    public Task Next => _next.Task;

    /// <summary>Something has changed.</summary>
    public void Beat()
    {
        var before = _next;
        _next = New();
        before.SetResult();
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
