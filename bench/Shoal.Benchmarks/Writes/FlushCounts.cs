namespace Shoal.Benchmarks.Writes;

/// <summary>How often a commit was made durable, and how many bytes that took; bytes are 0 where nobody counts them.</summary>
internal readonly record struct FlushCounts(long Flushes, long Bytes)
{
    public static FlushCounts operator -(FlushCounts after, FlushCounts before) =>
        new(after.Flushes - before.Flushes, after.Bytes - before.Bytes);
}
