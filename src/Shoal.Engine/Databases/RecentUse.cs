using System.Diagnostics;

namespace Shoal.Engine.Databases;

/// <summary>Whether the reads of one database have lately used more than its share of the threads on which requests arrive.</summary>
/// <remarks>
/// A leaky bucket: what runs there adds its time, and the share takes it away again. The share is an eighth of all processors, with
/// two of them a quarter of one. What is shorter than the handling of the request that brings it adds nothing. Thread: safe for any;
/// of two that add at once one may be missed, which does no harm. Writes are not counted: each commit passes the log, and who
/// holds that for a moment must not be a thread of low priority, for which all others would wait.
/// </remarks>
internal sealed class RecentUse
{
    /// <summary>What counts nothing: about what it takes to read a request and to write its reply. Units: ticks of the stopwatch.</summary>
    private static readonly long FreeTicks = Stopwatch.Frequency / 20_000;

    /// <summary>What may be used at once, beside the share.</summary>
    private static readonly long BurstTicks = Stopwatch.Frequency / 250;

    /// <summary>Time in which the share takes away what is used in one unit of it.</summary>
    private static readonly double TimePerUse = 8.0 / Environment.ProcessorCount;

    /// <summary>When all will be taken away that has been used; a value of the stopwatch.</summary>
    private long _paidAt;

    /// <summary>Whether more was used than the share.</summary>
    /// <param name="now">A value of the stopwatch.</param>
    public bool IsOverAt(long now) => Volatile.Read(ref _paidAt) - now > BurstTicks * TimePerUse;

    /// <summary>Something has run.</summary>
    /// <param name="started">When it began; a value of the stopwatch.</param>
    /// <param name="now">When it ended.</param>
    public void Add(long started, long now)
    {
        var used = now - started - FreeTicks;
        if (used > 0)
        {
            Volatile.Write(ref _paidAt, Math.Max(Volatile.Read(ref _paidAt), now) + (long)(used * TimePerUse));
        }
    }
}
