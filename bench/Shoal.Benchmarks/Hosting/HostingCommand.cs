using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Shoal.Benchmarks.Micro;
using Shoal.Benchmarks.Writes;
using Shoal.Engine;
using Shoal.Engine.Catalog;
using Shoal.Engine.Requests;
using Shoal.Load;
using Shoal.Load.Report;
using Shoal.Protocol;

namespace Shoal.Benchmarks.Hosting;

/// <summary><c>hosting</c>: tens of thousands of databases in one process, of which a few thousand may be open.</summary>
internal static class HostingCommand
{
    private const int ConcurrentCreations = 32;
    private const string Account = "bench";

    public static Command Create()
    {
        var databases = new Option<int>("--databases") { DefaultValueFactory = static _ => 50_000 };
        var open = new Option<int>("--open")
        {
            Description = "databases that may be open at once",
            DefaultValueFactory = static _ => 3_000,
        };
        var folder = new Option<string?>("--folder") { Description = "where to put the data folder; default the temporary folder" };
        var json = new Option<string?>("--json") { Description = "append the numbers to this file, one line per phase" };
        var command = new Command("hosting", "Start, memory, and what opening a database costs.")
        {
            databases, open, folder, json,
        };
        command.SetAction(async (parsed, _) =>
        {
            var path = Path.Combine(
                parsed.GetValue(folder) ?? Path.GetTempPath(), "shoal-bench-" + Path.GetRandomFileName());
            try
            {
                await RunAsync(path, parsed.GetValue(databases), parsed.GetValue(open), parsed.GetValue(json));
            }
            finally
            {
                Directory.Delete(path, recursive: true);
            }
        });
        return command;
    }

    private static async Task RunAsync(string folder, int databases, int open, string? json)
    {
        var options = new EngineOptions { DataFolder = folder, Limits = new EngineLimits { OpenDatabasesMax = open } };
        var ids = new DatabaseId[databases];
        var start = Stopwatch.GetTimestamp();
        await using (var engine = await DatabaseEngine.OpenAsync(options))
        {
            await Parallel.ForAsync(0, databases, new ParallelOptions { MaxDegreeOfParallelism = ConcurrentCreations },
                async (index, cancellation) =>
                {
                    ids[index] = (await engine.CreateDatabaseAsync(
                        new NewDatabase { Account = Account, Name = $"tenant-{index}" }, cancellation)).Id;
                    await engine.ExecuteAsync(ids[index], SqlRequest.Relaxed(Schema.Create), new CountingSink(), cancellation);
                    await engine.ExecuteAsync(ids[index], SqlRequest.Single(Schema.Insert, SqlValue.Text(Schema.Kind),
                        SqlValue.Real(index), SqlValue.Integer(Schema.At)), new CountingSink(), cancellation);
                });
            Report(json, "create", databases, Stopwatch.GetElapsedTime(start), null, engine);
        }

        start = Stopwatch.GetTimestamp();
        await using var hosted = await DatabaseEngine.OpenAsync(options);

        // A few less than may be open: the catalog is one of those.
        var few = Math.Min(open * 9 / 10, databases);
        Report(json, "start", databases, Stopwatch.GetElapsedTime(start), null, hosted);
        await ReadAllAsync(json, "first-open", hosted, ids.AsMemory(0, few));
        await ReadAllAsync(json, "open-already", hosted, ids.AsMemory(0, few));
        await ReadAllAsync(json, "all", hosted, ids);

        // By now the first ones are closed again, for the others.
        await ReadAllAsync(json, "reopen", hosted, ids.AsMemory(0, few));
    }

    private static async Task ReadAllAsync(
        string? json, string phase, DatabaseEngine engine, ReadOnlyMemory<DatabaseId> databases)
    {
        var latencies = new LatencyHistogram();
        var begin = Stopwatch.GetTimestamp();
        for (var index = 0; index < databases.Length; index++)
        {
            var collector = new ResultCollector();
            var start = Stopwatch.GetTimestamp();
            await engine.ExecuteAsync(databases.Span[index], SqlRequest.Single("SELECT value FROM events"), collector);
            latencies.Record(Stopwatch.GetElapsedTime(start));
            if (collector.Rows is not [[var value]] || value.AsReal != index)
            {
                throw new InvalidOperationException($"database {index} does not hold its row");
            }
        }

        Report(json, phase, databases.Length, Stopwatch.GetElapsedTime(begin), latencies, engine);
    }

    private static void Report(string? file, string phase, int databases, TimeSpan elapsed, LatencyHistogram? latencies,
        DatabaseEngine engine)
    {
        using var process = Process.GetCurrentProcess();
        var descriptors = Directory.GetFiles("/proc/self/fd").Length;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"hosting/{phase,-14} {databases,7:N0} databases  {elapsed.TotalSeconds,8:N3} s  "
            + $"p50 {latencies?.Percentile(0.5).TotalMicroseconds ?? 0:N0} µs  p99 {latencies?.Percentile(0.99).TotalMicroseconds ?? 0:N0} µs  "
            + $"{process.WorkingSet64 / 1048576:N0} MiB  {engine.OpenDatabaseCount:N0} open  {descriptors:N0} descriptors"));
        Measurement.Append(file, "hosting/" + phase, new
        {
            databases,
            seconds = Math.Round(elapsed.TotalSeconds, 4),
            perSecond = Math.Round(databases / elapsed.TotalSeconds),
            p50Microseconds = Microseconds(latencies, 0.5),
            p99Microseconds = Microseconds(latencies, 0.99),
            residentBytes = process.WorkingSet64,
            open = engine.OpenDatabaseCount,
            descriptors,
        });
    }

    private static double? Microseconds(LatencyHistogram? latencies, double share) =>
        latencies is null ? null : Math.Round(latencies.Percentile(share).TotalMicroseconds);
}
