using System.CommandLine;
using System.Globalization;
using Shoal.Engine;
using Shoal.Load.Report;

namespace Shoal.Benchmarks.Writes;

/// <summary><c>writes</c>: durable single-row commits, by plain SQLite and by both modes of the engine, in turns.</summary>
internal static class WritesCommand
{
    private static readonly string[] Ways = ["sqlite-one-by-one", "engine-sqlite", "engine-log"];

    public static Command Create()
    {
        var writers = new Option<int[]>("--writers")
        {
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = static _ => [1, 8, 64, 256],
        };
        var databases = new Option<int[]>("--databases")
        {
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = static _ => [1, 100, 1000],
        };
        var seconds = new Option<double>("--seconds") { DefaultValueFactory = static _ => 3 };
        var folder = new Option<string?>("--folder") { Description = "where to put the databases; default the temporary folder" };
        var label = new Option<string>("--label")
        {
            Description = "first part of the labels",
            DefaultValueFactory = static _ => "commit",
        };
        var json = new Option<string?>("--json") { Description = "append the numbers to this file, one line per run" };
        var command = new Command("writes", "Durable commits of single rows: the engine beside plain SQLite.")
        {
            writers, databases, seconds, folder, label, json,
        };
        command.SetAction(async (parsed, _) =>
        {
            var parent = parsed.GetValue(folder) ?? Path.GetTempPath();
            var duration = TimeSpan.FromSeconds(parsed.GetValue(seconds));
            foreach (var databaseCount in parsed.GetValue(databases)!)
            {
                foreach (var way in Ways)
                {
                    await using var target = await CreateAsync(way, parent, databaseCount);
                    var written = 0L;
                    foreach (var writerCount in parsed.GetValue(writers)!)
                    {
                        var result = await WriteLoad.RunAsync(target, writerCount, databaseCount, duration / 4, duration);
                        written += result.Latencies.Count;
                        Report(parsed.GetValue(json), $"{parsed.GetValue(label)}-{databaseCount}/{way}", writerCount, result);
                    }

                    if (await target.CountAsync() is var found && found < written)
                    {
                        throw new InvalidOperationException($"{written} rows were committed and {found} are there");
                    }
                }
            }
        });
        return command;
    }

    private static async Task<IWriteTarget> CreateAsync(string way, string parent, int databases)
    {
        var folder = Path.Combine(parent, "shoal-bench-" + Path.GetRandomFileName());
        return way switch
        {
            "sqlite-one-by-one" => new RawTarget(folder, databases),
            "engine-sqlite" => await EngineTarget.CreateAsync(folder, databases, DurabilityMode.Sqlite),
            _ => await EngineTarget.CreateAsync(folder, databases, DurabilityMode.Log),
        };
    }

    private static void Report(string? file, string label, int writers, WriteResult result)
    {
        var p50 = Math.Round(result.Latencies.Percentile(0.5).TotalMicroseconds);
        var p99 = Math.Round(result.Latencies.Percentile(0.99).TotalMicroseconds);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{label,-34} {writers,4} writers  {result.CommitsPerSecond,9:N0} commits/s  p50 {p50:N0} µs  p99 {p99:N0}  "
            + $"flushes/commit {result.FlushesPerCommit:N3}  log bytes/commit {result.LogBytesPerCommit:N0}  "
            + $"cpu/commit {result.CpuMicrosecondsPerCommit:N1} µs"));
        Measurement.Append(file, label, new
        {
            connections = writers,
            requestsPerSecond = Math.Round(result.CommitsPerSecond, 1),
            p50Microseconds = p50,
            p99Microseconds = p99,
            flushesPerCommit = Math.Round(result.FlushesPerCommit, 4),
            logBytesPerCommit = Math.Round(result.LogBytesPerCommit),
            cpuMicrosecondsPerCommit = Math.Round(result.CpuMicrosecondsPerCommit, 2),
        });
    }
}
