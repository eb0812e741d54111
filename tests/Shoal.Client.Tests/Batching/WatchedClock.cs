namespace Shoal.Client.Tests.Batching;

/// <summary>A clock that stands still, and tells when somebody begins to wait for a certain time.</summary>
internal sealed class WatchedClock : TimeProvider
{
    private readonly ManualTimeProvider _clock = new();
    private readonly Lock _gate = new();
    private readonly List<TimeSpan> _begun = [];
    private readonly List<(TimeSpan Wait, TaskCompletionSource Begun)> _watchers = [];

    public override long TimestampFrequency => _clock.TimestampFrequency;

    public override DateTimeOffset GetUtcNow() => _clock.GetUtcNow();

    public override long GetTimestamp() => _clock.GetTimestamp();

    public void Advance(TimeSpan by) => _clock.Advance(by);

    /// <summary>Completes when a wait of this length has begun that no earlier call has seen.</summary>
    public Task WhenWaitAsync(TimeSpan wait)
    {
        lock (_gate)
        {
            if (_begun.Remove(wait))
            {
                return Task.CompletedTask;
            }

            var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _watchers.Add((wait, begun));
            return begun.Task;
        }
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = _clock.CreateTimer(callback, state, dueTime, period);
        lock (_gate)
        {
            var watcher = _watchers.FindIndex(watcher => watcher.Wait == dueTime);
            if (watcher < 0)
            {
                _begun.Add(dueTime);
            }
            else
            {
                _watchers[watcher].Begun.SetResult();
                _watchers.RemoveAt(watcher);
            }
        }

        return timer;
    }
}
