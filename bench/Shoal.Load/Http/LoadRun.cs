using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Shoal.Load.Machine;

namespace Shoal.Load.Http;

/// <summary>Runs a closed loop of requests against a server and measures it.</summary>
internal static class LoadRun
{
    /// <summary>Warms up, measures, and waits for the requests under way.</summary>
    /// <exception cref="FormatException">An option does not make sense.</exception>
    public static async Task<LoadResult> RunAsync(LoadOptions options, CancellationToken cancellation)
    {
        if (options.Connections < 1 || options.Threads < 1)
        {
            throw new FormatException("A run needs at least one connection and one thread.");
        }

        var template = RequestTemplate.Build(options);
        var address = IPAddress.TryParse(template.Address.Host, out var parsed)
            ? parsed
            : (await Dns.GetHostAddressesAsync(template.Address.Host, AddressFamily.InterNetwork, cancellation))[0];
        var server = new IPEndPoint(address, template.Address.Port);
        var threadCount = Math.Min(options.Threads, options.Connections);
        var workers = new LoadThread[threadCount];
        var threads = new Thread[threadCount];
        for (var index = 0; index < threadCount; index++)
        {
            var share = (options.Connections / threadCount) + (index < options.Connections % threadCount ? 1 : 0);
            workers[index] = new LoadThread(options, template, server, share, options.Seed + index);
            threads[index] = new Thread(workers[index].Run) { IsBackground = true, Name = $"load {index}" };
            threads[index].Start();
        }

        var histograms = workers.Select(static _ => new LatencyHistogram()).ToArray();
        CpuTimes before;
        CpuTimes after;
        long start;
        TimeSpan elapsed;
        try
        {
            // Compiled before the measurement, so that this is not its beginning.
            _ = CpuTimes.Now(options.ServerProcess);
            await Task.Delay(options.WarmUp, cancellation);
            before = CpuTimes.Now(options.ServerProcess);
            start = Stopwatch.GetTimestamp();
            for (var index = 0; index < threadCount; index++)
            {
                workers[index].Measure(histograms[index]);
            }

            await Task.Delay(options.Duration, cancellation);
            elapsed = Stopwatch.GetElapsedTime(start);
            foreach (var worker in workers)
            {
                worker.EndMeasuring();
            }

            after = CpuTimes.Now(options.ServerProcess);
            await Task.Delay(options.CoolDown, cancellation);
        }
        finally
        {
            foreach (var worker in workers)
            {
                worker.Stop();
            }
        }

        foreach (var thread in threads)
        {
            thread.Join();
        }

        var latencies = new LatencyHistogram();
        foreach (var histogram in histograms)
        {
            latencies.Add(histogram);
        }

        return LoadResult.From(options, latencies, elapsed, workers.Sum(static worker => worker.Errors),
            workers.Select(static worker => worker.FirstError).FirstOrDefault(static error => error is not null),
            after - before);
    }
}
