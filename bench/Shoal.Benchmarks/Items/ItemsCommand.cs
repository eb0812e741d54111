using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Shoal.Load;
using Shoal.Load.Report;

namespace Shoal.Benchmarks.Items;

/// <summary><c>items</c>: items of 200 bytes, in process or over DynamoDB's protocol, in batches of 25 and one by one.</summary>
internal static class ItemsCommand
{
    public static Command Create()
    {
        var url = new Option<string?>("--url") { Description = "an items endpoint, Shoal's or another; without it, in process" };
        var seconds = new Option<double>("--seconds") { DefaultValueFactory = static _ => 3 };
        var writers = new Option<int[]>("--writers") { AllowMultipleArgumentsPerToken = true, DefaultValueFactory = static _ => [1, 16] };
        var folder = new Option<string?>("--folder") { Description = "where to put the data folder; default the temporary folder" };
        var json = new Option<string?>("--json") { Description = "append the numbers to this file, one line per run" };
        var label = new Option<string>("--label") { DefaultValueFactory = static _ => "items" };
        var command = new Command("items", "Puts and gets of items of 200 bytes.") { url, seconds, writers, folder, json, label };
        command.SetAction(async (parsed, _) =>
        {
            var duration = TimeSpan.FromSeconds(parsed.GetValue(seconds));
            await using IItemTarget target = parsed.GetValue(url) is { } address
                ? await HttpItems.CreateAsync(new Uri(address))
                : await EmbeddedItems.CreateAsync(parsed.GetValue(folder) ?? Path.GetTempPath());
            (string Name, int Items, Func<int, Task> Run)[] ways =
            [
                ("put", 1, target.PutAsync), ("batch-write", 25, target.BatchWriteAsync), ("get", 1, target.GetAsync),
                ("batch-get", 25, target.BatchGetAsync),
            ];
            foreach (var (name, items, run) in ways)
            {
                foreach (var count in parsed.GetValue(writers)!)
                {
                    await RunAsync(run, count, duration / 4);
                    var (calls, latencies, elapsed) = await RunAsync(run, count, duration);
                    Report(parsed.GetValue(json), $"{parsed.GetValue(label)}/{name}-{count}",
                        calls * items / elapsed.TotalSeconds, latencies);
                }
            }
        });
        return command;
    }

    private static async Task<(long Calls, LatencyHistogram Latencies, TimeSpan Elapsed)> RunAsync(
        Func<int, Task> run, int writers, TimeSpan duration)
    {
        var started = Stopwatch.GetTimestamp();
        var all = await Task.WhenAll(Enumerable.Range(0, writers).Select(_ => Task.Run(async () =>
        {
            var latencies = new LatencyHistogram();
            while (Stopwatch.GetElapsedTime(started) < duration)
            {
                var begin = Stopwatch.GetTimestamp();
                await run(Random.Shared.Next());
                latencies.Record(Stopwatch.GetElapsedTime(begin));
            }

            return latencies;
        })));
        var elapsed = Stopwatch.GetElapsedTime(started);
        var sum = new LatencyHistogram();
        foreach (var one in all)
        {
            sum.Add(one);
        }

        return (sum.Count, sum, elapsed);
    }

    private static void Report(string? file, string label, double perSecond, LatencyHistogram latencies)
    {
        var p50 = Math.Round(latencies.Percentile(0.5).TotalMicroseconds);
        var p99 = Math.Round(latencies.Percentile(0.99).TotalMicroseconds);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{label,-32} {perSecond,10:N0} items/s  p50 {p50:N0} µs  p99 {p99:N0} µs"));
        Measurement.Append(file, label, new
        {
            itemsPerSecond = Math.Round(perSecond, 1),
            p50Microseconds = p50,
            p99Microseconds = p99,
        });
    }
}
