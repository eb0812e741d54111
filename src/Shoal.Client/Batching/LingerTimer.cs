using System.Diagnostics.CodeAnalysis;

namespace Shoal.Client.Batching;

/// <summary>
/// Says when batches have waited long enough, counted from their first item on a clock that never goes back. One timer for all;
/// a random part is taken off each wait, so that batches do not all go at once.
/// </summary>
/// <remarks>Thread: under the engine's lock, but for the callback.</remarks>
internal sealed class LingerTimer<T>(TimeSpan linger, TimeSpan jitter, TimeProvider time, Action due) : IDisposable
{
    private readonly PriorityQueue<LingerEntry<T>, TimeSpan> _waiting = new();
    private readonly Random _random = NewRandom();
    private ITimer? _timer;
    private TimeSpan? _armed;

    /// <summary>A batch got its first item.</summary>
    public void Add(LaneBatch<T> batch, TimeSpan now)
    {
        batch.Lingering = new LingerEntry<T> { Batch = batch };
        _waiting.Enqueue(batch.Lingering, now + linger - Part());
        Arm(now);
    }

    /// <summary>A batch that has waited long enough; null when there is none, and then the timer is set for the next.</summary>
    public LaneBatch<T>? TakeDue(TimeSpan now)
    {
        _armed = null;
        while (_waiting.TryPeek(out var entry, out var at) && (entry.Batch is null || at <= now))
        {
            _waiting.Dequeue();
            if (entry.Batch is { } batch)
            {
                return batch;
            }
        }

        Arm(now);
        return null;
    }

    public void Dispose() => _timer?.Dispose();

    private void Arm(TimeSpan now)
    {
        if (_waiting.TryPeek(out _, out var at) && (_armed is not { } armed || at < armed))
        {
            _armed = at;
            var wait = at > now ? at - now : TimeSpan.Zero;
            if (_timer is null)
            {
                _timer = time.CreateTimer(_ => due(), null, wait, Timeout.InfiniteTimeSpan);
            }
            else
            {
                _timer.Change(wait, Timeout.InfiniteTimeSpan);
            }
        }
    }

    [SuppressMessage("Security", "CA5394", Justification = "Jitter needs no secret numbers.")]
    private TimeSpan Part() => jitter > TimeSpan.Zero ? jitter * _random.NextDouble() : TimeSpan.Zero;

    [SuppressMessage("Security", "CA5394", Justification = "Jitter needs no secret numbers.")]
    private static Random NewRandom() => new();
}
