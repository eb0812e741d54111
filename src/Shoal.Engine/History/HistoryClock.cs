namespace Shoal.Engine.History;

/// <summary>The time by which history grows old. It never goes back, and follows a clock that jumps ahead only slowly.</summary>
/// <remarks>
/// A clock that is set to next year by mistake must not make all history out of date at once: per hour that passes, history ages
/// by a day at most, which leaves time to notice. A server that was off for a month catches up in a day. Thread: the keeper's.
/// </remarks>
/// <param name="time">The clock.</param>
/// <param name="known">The time it was when it was last known. Units: microseconds since 1970.</param>
internal sealed class HistoryClock(TimeProvider time, long known)
{
    private const int SpeedMax = 24;

    private long _now = known;
    private long _looked = time.GetTimestamp();

    /// <summary>Units: microseconds since 1970.</summary>
    public long Now
    {
        get
        {
            var looked = time.GetTimestamp();
            var passed = Math.Max(0, (long)time.GetElapsedTime(_looked, looked).TotalMicroseconds);
            _looked = looked;
            _now = Math.Max(_now, Math.Min(time.GetUtcNow().ToUnixTimeMilliseconds() * 1000, _now + passed * SpeedMax));
            return _now;
        }
    }

    /// <summary>The same.</summary>
    public DateTimeOffset NowTime => DateTimeOffset.UnixEpoch.AddMicroseconds(Now);
}
