using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Shoal.Engine.Log;
using Shoal.Sqlite.Threads;

namespace Shoal.Engine.History;

/// <summary>Works a millisecond, then rests, while somebody commits: for what is put together and nobody waits for.</summary>
/// <remarks>
/// On a machine with few processors whoever commits may have to wait for the one that this work has, whatever its weight: for the
/// kernel's next tick, or for the hypervisor. The less it runs at a time, and in all, the fewer notice it. Thread: one works, any may
/// hurry it, also when there is no work any more.
/// </remarks>
/// <param name="log">Grows while somebody commits.</param>
/// <param name="isAwaited">Whether somebody waits for this work; then there is no rest.</param>
/// <param name="stopping">Ends the work.</param>
[SuppressMessage("Design", "CA1001", Justification = "Whoever hurries it may come when nothing is left to be hurried.")]
internal sealed class HistoryPace(CommitLog log, Func<bool> isAwaited, CancellationToken stopping)
{
    /// <summary>How long a rest is beside the work before it: a tenth of a processor, or half of one for who is behind.</summary>
    private const int RestFactor = 9;
    private const int ShortRestFactor = 1;

    private static readonly TimeSpan Work = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan WorkMax = TimeSpan.FromMilliseconds(4);

    /// <summary>Nobody commits when the log has not grown for this long.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromMilliseconds(100);

    private readonly AutoResetEvent _hurry = new(initialState: false);
    private LogPosition _end;
    private long _grownAt;
    private long _begunAt;

    /// <summary>Whether there is so much to do that rests must be short.</summary>
    public bool IsBehind { get; set; }

    /// <summary>To be called every few hundred microseconds of work.</summary>
    /// <exception cref="OperationCanceledException">The work is not wanted any more.</exception>
    public void Rest()
    {
        stopping.ThrowIfCancellationRequested();
        Scheduling.OfferProcessor();
        var now = Stopwatch.GetTimestamp();
        var worked = Stopwatch.GetElapsedTime(_begunAt, now);
        if (worked < Work)
        {
            return;
        }

        if (log.End is var end && end != _end)
        {
            (_end, _grownAt) = (end, now);
        }

        if (Stopwatch.GetElapsedTime(_grownAt, now) < Silence && !isAwaited())
        {
            _hurry.WaitOne((worked < WorkMax ? worked : WorkMax) * (IsBehind ? ShortRestFactor : RestFactor));
        }

        _begunAt = Stopwatch.GetTimestamp();
    }

    /// <summary>Somebody has begun to wait: ends the rest.</summary>
    public void Hurry() => _hurry.Set();
}
