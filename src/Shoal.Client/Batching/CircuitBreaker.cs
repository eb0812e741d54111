namespace Shoal.Client.Batching;

/// <summary>
/// Counts failures in a row. After too many it lets nothing through for a while, then one request, whose fate decides.
/// </summary>
/// <remarks>Thread: safe. Who has entered must report success, failure or that it sent nothing.</remarks>
internal sealed class CircuitBreaker(int failuresMax, TimeSpan pause, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly Pulse _changed = new();
    private int _failures;
    private long _openedAt;
    private bool _open;
    private bool _probing;

    /// <summary>Whether it lets nothing through, but for one request to find out.</summary>
    public bool IsOpen
    {
        get
        {
            lock (_gate)
            {
                return _open;
            }
        }
    }

    /// <summary>Completes when a request may go out.</summary>
    public ValueTask EnterAsync(CancellationToken cancellation)
    {
        lock (_gate)
        {
            return _open ? new ValueTask(WaitAsync(cancellation)) : ValueTask.CompletedTask;
        }
    }

    public void Succeeded()
    {
        lock (_gate)
        {
            _failures = 0;
            if (_open)
            {
                _open = _probing = false;
                _changed.Beat();
            }
        }
    }

    public void Failed()
    {
        lock (_gate)
        {
            if (failuresMax > 0 && (++_failures >= failuresMax || _probing))
            {
                _open = true;
                _probing = false;
                _openedAt = time.GetTimestamp();
                _changed.Beat();
            }
        }
    }

    /// <summary>Nothing was sent after all.</summary>
    public void Left()
    {
        lock (_gate)
        {
            if (_probing)
            {
                _probing = false;
                _changed.Beat();
            }
        }
    }

    private async Task WaitAsync(CancellationToken cancellation)
    {
        while (true)
        {
            Task changed;
            var rest = TimeSpan.Zero;
            lock (_gate)
            {
                if (!_open)
                {
                    return;
                }

                rest = pause - time.GetElapsedTime(_openedAt);
                if (rest <= TimeSpan.Zero && !_probing)
                {
                    _probing = true;
                    return;
                }

                changed = _changed.Next;
            }

            if (rest <= TimeSpan.Zero)
            {
                await changed.WaitAsync(cancellation).ConfigureAwait(false);
                continue;
            }

            using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            await Task.WhenAny(changed, Task.Delay(rest, time, ended.Token)).ConfigureAwait(false);
            await ended.CancelAsync().ConfigureAwait(false);
            cancellation.ThrowIfCancellationRequested();
        }
    }
}
