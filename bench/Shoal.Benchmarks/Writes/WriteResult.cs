using Shoal.Load;

namespace Shoal.Benchmarks.Writes;

/// <summary>What one load measured.</summary>
internal sealed record WriteResult(LatencyHistogram Latencies, TimeSpan Elapsed, TimeSpan Cpu, FlushCounts Flushes)
{
    public double CommitsPerSecond => Latencies.Count / Elapsed.TotalSeconds;

    public double FlushesPerCommit => (double)Flushes.Flushes / Latencies.Count;

    public double LogBytesPerCommit => (double)Flushes.Bytes / Latencies.Count;

    public double CpuMicrosecondsPerCommit => Cpu.TotalMicroseconds / Latencies.Count;
}
