namespace Shoal.Client.Batching;

/// <summary>Bounds the requests that writers have on their way at once. Share one among writers that use the same server.</summary>
/// <remarks>Thread: safe. Shape: permits are given in the order of asking.</remarks>
public sealed class WriteLimiter
{
    /// <summary>Permits of a writer that was given no limiter.</summary>
    public const int DefaultMaxConcurrent = 10;

    private const double Decrease = 0.7;

    private readonly Lock _gate = new();
    private readonly LinkedList<TaskCompletionSource> _waiters = [];
    private readonly AdaptiveConcurrency? _adaptive;
    private double _limit;
    private int _inUse;
    private int _startedBeforeDecrease;

    /// <summary>A limiter.</summary>
    /// <param name="maxConcurrent">Requests at once, at most. Default 10.</param>
    /// <param name="adaptive">Lets the number follow the server's state; null (default) keeps it.</param>
    public WriteLimiter(int maxConcurrent = DefaultMaxConcurrent, AdaptiveConcurrency? adaptive = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxConcurrent, 1);
        MaxConcurrent = maxConcurrent;
        _adaptive = adaptive;
        if (adaptive is not null)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(adaptive.Min, 1);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(adaptive.Min, maxConcurrent);
        }

        _limit = adaptive is null ? maxConcurrent : Math.Clamp(adaptive.Start, adaptive.Min, maxConcurrent);
    }

    /// <summary>Requests at once, at most.</summary>
    public int MaxConcurrent { get; }

    /// <summary>Requests at once, now; <see cref="MaxConcurrent"/> or fewer.</summary>
    public int Limit
    {
        get
        {
            lock (_gate)
            {
                return (int)_limit;
            }
        }
    }

    /// <summary>Requests that are on their way.</summary>
    public int InUse
    {
        get
        {
            lock (_gate)
            {
                return _inUse;
            }
        }
    }

    /// <summary>Requests that could begin now.</summary>
    public int AvailablePermits
    {
        get
        {
            lock (_gate)
            {
                return Math.Max(0, (int)_limit - _inUse);
            }
        }
    }

    /// <summary>Batches that wait for a permit.</summary>
    public int Waiting
    {
        get
        {
            lock (_gate)
            {
                return _waiters.Count;
            }
        }
    }

    internal ValueTask EnterAsync(CancellationToken cancellation)
    {
        lock (_gate)
        {
            if (_inUse < (int)_limit && _waiters.Count == 0)
            {
                _inUse++;
                return ValueTask.CompletedTask;
            }

            cancellation.ThrowIfCancellationRequested();
            return new ValueTask(WaitAsync(_waiters.AddLast(NewWaiter()), cancellation));
        }
    }

    /// <summary>Gives the permit back and tells how the request fared.</summary>
    internal void Exit(TimeSpan latency, bool overloaded)
    {
        lock (_gate)
        {
            _inUse--;
            if (_adaptive is not null)
            {
                Adapt(_adaptive, overloaded || latency > _adaptive.TargetLatency);
            }

            Admit();
        }
    }

    /// <summary>Gives back a permit that was not used.</summary>
    internal void Return()
    {
        lock (_gate)
        {
            _inUse--;
            Admit();
        }
    }

    private async Task WaitAsync(LinkedListNode<TaskCompletionSource> waiter, CancellationToken cancellation)
    {
        await using (cancellation.UnsafeRegister(static (state, token) =>
            ((TaskCompletionSource)state!).TrySetCanceled(token), waiter.Value).ConfigureAwait(false))
        {
            try
            {
                await waiter.Value.Task.ConfigureAwait(false);
            }
            finally
            {
                lock (_gate)
                {
                    if (waiter.List is not null)
                    {
                        _waiters.Remove(waiter);
                    }
                }
            }
        }
    }

    /// <summary>Refusals of requests that began before the last decrease count no more: one burst counts once.</summary>
    private void Adapt(AdaptiveConcurrency adaptive, bool overloaded)
    {
        var isOld = _startedBeforeDecrease > 0;
        _startedBeforeDecrease -= isOld ? 1 : 0;
        if (!overloaded)
        {
            _limit = Math.Min(MaxConcurrent, _limit + (1 / _limit));
        }
        else if (!isOld)
        {
            _limit = Math.Max(adaptive.Min, _limit * Decrease);
            _startedBeforeDecrease = _inUse;
        }
    }

    private void Admit()
    {
        while (_inUse < (int)_limit && _waiters.First is { } first)
        {
            _waiters.RemoveFirst();
            if (first.Value.TrySetResult())
            {
                _inUse++;
            }
        }
    }

    private static TaskCompletionSource NewWaiter() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
