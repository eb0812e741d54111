using System.Numerics;

namespace Shoal.Load;

/// <summary>Counts of durations in buckets whose width grows with the duration, so that memory is fixed.</summary>
/// <remarks>Shape: 64 buckets per power of two: a value read back is at most 1.6 % too high. Thread: one at a time.</remarks>
internal sealed class LatencyHistogram
{
    private const int PrecisionBits = 6;
    private const int BucketsPerPower = 1 << PrecisionBits;
    private const int PowersMax = 40;

    private readonly long[] _counts = new long[(PowersMax - PrecisionBits + 1) * BucketsPerPower];

    /// <summary>Values recorded.</summary>
    public long Count { get; private set; }

    /// <summary>The longest, exactly.</summary>
    public TimeSpan Max { get; private set; }

    /// <summary>Records one duration. Durations beyond 18 minutes count as 18 minutes.</summary>
    public void Record(TimeSpan duration)
    {
        var nanoseconds = Math.Clamp(duration.Ticks * TimeSpan.NanosecondsPerTick, 0, (1L << PowersMax) - 1);
        _counts[BucketOf(nanoseconds)]++;
        Count++;
        if (duration > Max)
        {
            Max = duration;
        }
    }

    /// <summary>Adds what another one counted.</summary>
    public void Add(LatencyHistogram other)
    {
        for (var bucket = 0; bucket < _counts.Length; bucket++)
        {
            _counts[bucket] += other._counts[bucket];
        }

        Count += other.Count;
        Max = other.Max > Max ? other.Max : Max;
    }

    /// <summary>The duration that a share of all values does not exceed.</summary>
    /// <param name="share">From 0 to 1; 0.99 for p99.</param>
    public TimeSpan Percentile(double share)
    {
        var rank = (long)Math.Ceiling(share * Count);
        var seen = 0L;
        for (var bucket = 0; bucket < _counts.Length; bucket++)
        {
            seen += _counts[bucket];
            if (seen >= rank && seen > 0)
            {
                var highest = TimeSpan.FromTicks(HighestIn(bucket) / TimeSpan.NanosecondsPerTick);
                return highest < Max ? highest : Max;
            }
        }

        return Max;
    }

    private static int BucketOf(long nanoseconds)
    {
        if (nanoseconds < BucketsPerPower)
        {
            return (int)nanoseconds;
        }

        var power = BitOperations.Log2((ulong)nanoseconds);
        var shift = power - PrecisionBits;
        return ((shift + 1) << PrecisionBits) + (int)(nanoseconds >> shift) - BucketsPerPower;
    }

    private static long HighestIn(int bucket)
    {
        var shift = (bucket >> PrecisionBits) - 1;
        return shift < 0 ? bucket : ((bucket & (BucketsPerPower - 1)) + BucketsPerPower + 1L << shift) - 1;
    }
}
