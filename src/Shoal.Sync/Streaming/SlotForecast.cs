namespace Shoal.Sync.Streaming;

/// <summary>When PostgreSQL's log for the slot is used up, if it goes on as it does now.</summary>
/// <remarks>Thread: one caller. Looks back about a minute, newer looks count for more.</remarks>
internal sealed class SlotForecast
{
    /// <summary>After so long a look counts for about a third.</summary>
    private static readonly TimeSpan Memory = TimeSpan.FromMinutes(1);

    private (DateTimeOffset At, double Left)? _before;
    private double _rate;

    /// <summary>Notes what is left.</summary>
    /// <param name="at">Now.</param>
    /// <param name="left">Log that may still be kept; null without a bound. Units: bytes.</param>
    /// <returns>Time until nothing is left; null without a bound, and while it does not get less.</returns>
    public TimeSpan? Look(DateTimeOffset at, double? left)
    {
        if (left is not { } bytes)
        {
            _before = null;
            _rate = 0;
            return null;
        }

        if (_before is { } before && at > before.At)
        {
            var seconds = (at - before.At).TotalSeconds;
            var weight = 1 - Math.Exp(-seconds / Memory.TotalSeconds);
            _rate += weight * (((before.Left - bytes) / seconds) - _rate);
        }

        _before = (at, bytes);

        // Less than a kilobyte in a second is nothing that one could wait for.
        return _rate >= 1024 ? TimeSpan.FromSeconds(Math.Min(bytes / _rate, TimeSpan.FromDays(365).TotalSeconds)) : null;
    }
}
