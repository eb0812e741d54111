using System.Globalization;
using Shoal.Benchmarks.Writes;
using Shoal.Engine;
using Shoal.Engine.History;
using Shoal.Load.Report;

namespace Shoal.Benchmarks.History;

/// <summary>What history takes of the commits of 64 writers that never pause, in turns with and without it.</summary>
internal static class HistorySustained
{
    private const int Writers = 64;

    public static async Task RunAsync(string parent, double seconds, int rounds, string? json)
    {
        foreach (var databases in (int[])[100, 1])
        {
            var runs = new List<(double On, double Off)>();
            for (var round = 0; round < rounds; round++)
            {
                // In turns: the machine's speed drifts.
                var first = await MeasureAsync(parent, databases, seconds, isKept: round % 2 == 0);
                var second = await MeasureAsync(parent, databases, seconds, isKept: round % 2 != 0);
                runs.Add(round % 2 == 0 ? (first, second) : (second, first));
            }

            var kept = runs.Average(static run => run.On);
            var without = runs.Average(static run => run.Off);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"history-sustained/{databases}  {seconds:N0} s  with {kept:N0} commits/s  without {without:N0} ({(kept / without - 1) * 100:N0} %)"));
            Measurement.Append(json, $"history-sustained/{databases}", new
            {
                seconds,
                commitsPerSecond = Math.Round(kept),
                withoutCommitsPerSecond = Math.Round(without),
                ratio = Math.Round(kept / without, 2),
            });
        }
    }

    private static async Task<double> MeasureAsync(string parent, int databases, double seconds, bool isKept)
    {
        var folder = Path.Combine(parent, Path.GetRandomFileName());
        await using var target = await EngineTarget.CreateAsync(folder, databases, DurabilityMode.Log,
            new HistoryLimits { Retention = isKept ? TimeSpan.FromDays(30) : TimeSpan.Zero });
        var duration = TimeSpan.FromSeconds(seconds);
        var result = await WriteLoad.RunAsync(target, Writers, databases, duration / 8, duration);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"  {databases} databases, history {(isKept ? "kept" : "not kept")}: {result.CommitsPerSecond:N0} commits/s"));
        return result.CommitsPerSecond;
    }
}
