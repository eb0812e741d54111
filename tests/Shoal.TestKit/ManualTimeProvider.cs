namespace Shoal.TestKit;

/// <summary>A clock that stands still until the test moves it; timers fire during the move, on the mover's thread. Thread: safe for any.</summary>
public sealed class ManualTimeProvider : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly List<ManualTimer> _timers = [];
    private readonly List<(TimeSpan Wait, TaskCompletionSource Begun)> _watchers = [];
    private TimeSpan _jumped;
    private DateTimeOffset _now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate)
        {
            return _now;
        }
    }

    /// <summary>Timers that wait now.</summary>
    public int TimerCount
    {
        get
        {
            lock (_gate)
            {
                return _timers.Count;
            }
        }
    }

    public override long GetTimestamp()
    {
        lock (_gate)
        {
            return (_now - _jumped).Ticks;
        }
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Time passes: each timer fires at its time, in order. To set the clock back, <see cref="Jump"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Time does not pass backwards.</exception>
    public void Advance(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        var end = GetUtcNow() + by;
        while (TakeDue(end) is { } due)
        {
            due.Fire();
        }

        lock (_gate)
        {
            // Of two moves at once the shorter one may end last: time does not go back, or what was armed in between would be late.
            _now = end > _now ? end : _now;
        }
    }

    /// <summary>Somebody sets the clock: no time passes, and no timer fires.</summary>
    public void Jump(TimeSpan by)
    {
        lock (_gate)
        {
            _now += by;
            _jumped += by;
            foreach (var timer in _timers)
            {
                timer.Due += by;
            }
        }
    }

    /// <summary>
    /// Completes when a timer is due so long from now: whoever was to wait on the clock now does. Choose a time that nobody else
    /// waits for; timers of others come and go.
    /// </summary>
    public Task WhenTimerAsync(TimeSpan wait)
    {
        lock (_gate)
        {
            if (_timers.Exists(timer => timer.Due == _now + wait))
            {
                return Task.CompletedTask;
            }

            var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _watchers.Add((wait, begun));
            return begun.Task;
        }
    }

    private ManualTimer? TakeDue(DateTimeOffset end)
    {
        lock (_gate)
        {
            var due = _timers.Where(timer => timer.Due <= end).MinBy(timer => timer.Due);
            if (due is null)
            {
                return null;
            }

            _now = due.Due > _now ? due.Due : _now;
            due.Reschedule(_now);
            if (due.Due == DateTimeOffset.MaxValue)
            {
                _timers.Remove(due);
            }

            return due;
        }
    }

    private sealed class ManualTimer(ManualTimeProvider clock, TimerCallback callback, object? state) : ITimer
    {
        private TimeSpan _period;

        public DateTimeOffset Due { get; set; } = DateTimeOffset.MaxValue;

        public void Fire() => callback(state);

        public void Reschedule(DateTimeOffset now) => Due = _period > TimeSpan.Zero ? now + _period : DateTimeOffset.MaxValue;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (clock._gate)
            {
                _period = period;
                clock._timers.Remove(this);
                if (dueTime == Timeout.InfiniteTimeSpan)
                {
                    Due = DateTimeOffset.MaxValue;
                    return true;
                }

                Due = clock._now + dueTime;
                clock._timers.Add(this);
                foreach (var (wait, begun) in clock._watchers)
                {
                    if (wait == dueTime)
                    {
                        begun.TrySetResult();
                    }
                }
            }

            return true;
        }

        public void Dispose()
        {
            lock (clock._gate)
            {
                clock._timers.Remove(this);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
