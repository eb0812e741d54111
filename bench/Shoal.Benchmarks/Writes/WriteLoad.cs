using System.Diagnostics;
using Shoal.Load;

namespace Shoal.Benchmarks.Writes;

/// <summary>Writers that each commit one row after the other, into databases at random, for a given time.</summary>
internal static class WriteLoad
{
    /// <summary>Runs the load: a warm-up that does not count, then the measurement.</summary>
    public static async Task<WriteResult> RunAsync(
        IWriteTarget target, int writers, int databases, TimeSpan warmUp, TimeSpan duration)
    {
        await RunAsync(target, writers, databases, warmUp);
        using var process = Process.GetCurrentProcess();
        var cpu = process.TotalProcessorTime;
        var flushes = target.Flushes;
        var start = Stopwatch.GetTimestamp();
        var latencies = await RunAsync(target, writers, databases, duration);
        var elapsed = Stopwatch.GetElapsedTime(start);
        process.Refresh();
        return new WriteResult(latencies, elapsed, process.TotalProcessorTime - cpu, target.Flushes - flushes);
    }

    private static async Task<LatencyHistogram> RunAsync(
        IWriteTarget target, int writers, int databases, TimeSpan duration)
    {
        var end = Stopwatch.GetTimestamp() + (long)(duration.TotalSeconds * Stopwatch.Frequency);
        var all = new LatencyHistogram();
        foreach (var latencies in await Task.WhenAll(Enumerable.Range(0, writers).Select(
            writer => target.Blocks
                ? Task.Factory.StartNew(() => WriteAsync(target, writer, databases, end).GetAwaiter().GetResult(),
                    CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)
                : Task.Run(() => WriteAsync(target, writer, databases, end)))))
        {
            all.Add(latencies);
        }

        return all;
    }

    private static async Task<LatencyHistogram> WriteAsync(IWriteTarget target, int writer, int databases, long end)
    {
        var random = new Random(writer);
        var latencies = new LatencyHistogram();
        for (var start = Stopwatch.GetTimestamp(); start < end; start = Stopwatch.GetTimestamp())
        {
            await target.WriteAsync(random.Next(databases), random.Next(1_000_000));
            latencies.Record(Stopwatch.GetElapsedTime(start));
        }

        return latencies;
    }
}
