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

namespace Shoal.Benchmarks.Recovery;

/// <summary><c>recovery</c>: how long an engine needs to serve again when only the log holds its commits.</summary>
/// <remarks>The stop is a copy of the files of a running engine; the copy is pushed out of the page cache first.</remarks>
internal static class RecoveryCommand
{
    private const int Writers = 64;

    public static Command Create()
    {
        var megabytes = new Option<int>("--log-mib") { DefaultValueFactory = static _ => 1024 };
        var databases = new Option<int>("--databases") { DefaultValueFactory = static _ => 1000 };
        var folder = new Option<string?>("--folder") { Description = "where to put the data folders; default the temporary folder" };
        var json = new Option<string?>("--json") { Description = "append the numbers to this file, one line per phase" };
        var command = new Command("recovery", "Restart with a long log.") { megabytes, databases, folder, json };
        command.SetAction(async (parsed, _) =>
        {
            var path = Path.Combine(
                parsed.GetValue(folder) ?? Path.GetTempPath(), "shoal-bench-" + Path.GetRandomFileName());
            try
            {
                await RunAsync(path, parsed.GetValue(megabytes) * 1024L * 1024, parsed.GetValue(databases),
                    parsed.GetValue(json));
            }
            finally
            {
                Directory.Delete(path, recursive: true);
            }
        });
        return command;
    }

    private static async Task RunAsync(string folder, long logBytes, int databases, string? json)
    {
        // Nobody checkpoints, so that the log keeps everything.
        var limits = new EngineLimits
        {
            LogBytesCheckpoint = long.MaxValue, LogBytesMax = long.MaxValue, CheckpointFramesMin = int.MaxValue,
        };
        var live = Path.Combine(folder, "live");
        var copy = Path.Combine(folder, "copy");
        long[] written;
        DatabaseId[] ids;
        await using (var engine = await DatabaseEngine.OpenAsync(new EngineOptions
        {
            DataFolder = live, Limits = limits, CheckpointInterval = Timeout.InfiniteTimeSpan,
        }))
        {
            (ids, written) = await FillAsync(engine, live, logBytes, databases);
            Copy(live, copy);
        }

        var logged = LogBytes(copy);
        PageCache.PushOut(copy);
        var start = Stopwatch.GetTimestamp();
        await using var recovered = await DatabaseEngine.OpenAsync(new EngineOptions { DataFolder = copy });
        var opened = Stopwatch.GetElapsedTime(start);
        await CountAsync(recovered, ids[0], written[0]);
        var serving = Stopwatch.GetElapsedTime(start);
        var latencies = new LatencyHistogram();
        for (var index = 1; index < databases; index++)
        {
            var begin = Stopwatch.GetTimestamp();
            await CountAsync(recovered, ids[index], written[index]);
            latencies.Record(Stopwatch.GetElapsedTime(begin));
        }

        var all = Stopwatch.GetElapsedTime(start);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"recovery/log  {logged / 1048576:N0} MiB of log  {databases:N0} databases  {written.Sum():N0} commits  opened {opened.TotalSeconds:N3} s  "
            + $"first answer {serving.TotalSeconds:N3} s  all read {all.TotalSeconds:N3} s  "
            + $"p50 {latencies.Percentile(0.5).TotalMicroseconds:N0} µs  p99 {latencies.Percentile(0.99).TotalMicroseconds:N0} µs"));
        Measurement.Append(json, "recovery/log", new
        {
            logBytes = logged,
            databases,
            commits = written.Sum(),
            openedSeconds = Math.Round(opened.TotalSeconds, 4),
            servingSeconds = Math.Round(serving.TotalSeconds, 4),
            allReadSeconds = Math.Round(all.TotalSeconds, 4),
            p50Microseconds = Math.Round(latencies.Percentile(0.5).TotalMicroseconds),
            p99Microseconds = Math.Round(latencies.Percentile(0.99).TotalMicroseconds),
        });
    }

    private static async Task<(DatabaseId[] Ids, long[] Written)> FillAsync(
        DatabaseEngine engine, string folder, long logBytes, int databases)
    {
        var ids = new DatabaseId[databases];
        var written = new long[databases];
        for (var index = 0; index < databases; index++)
        {
            ids[index] = (await engine.CreateDatabaseAsync(
                new NewDatabase { Account = "bench", Name = $"tenant-{index}" })).Id;
            await engine.ExecuteAsync(ids[index], SqlRequest.Relaxed(Schema.Create), new CountingSink());
        }

        await Task.WhenAll(Enumerable.Range(0, Writers).Select(async writer =>
        {
            var random = new Random(writer);
            while (LogBytes(folder) < logBytes)
            {
                for (var round = 0; round < 100; round++)
                {
                    var database = random.Next(databases);
                    await engine.ExecuteAsync(ids[database], SqlRequest.Single(Schema.Insert,
                        SqlValue.Text(Schema.Kind), SqlValue.Real(round), SqlValue.Integer(Schema.At)), new CountingSink());
                    Interlocked.Increment(ref written[database]);
                }
            }
        }));
        return (ids, written);
    }

    private static async Task CountAsync(DatabaseEngine engine, DatabaseId id, long expected)
    {
        var collector = new ResultCollector();
        await engine.ExecuteAsync(id, SqlRequest.Single(Schema.Count), collector);
        if (collector.Rows[0][0].AsInteger != expected)
        {
            throw new InvalidOperationException($"{collector.Rows[0][0].AsInteger} rows of {expected} are there");
        }
    }

    private static long LogBytes(string folder) =>
        new DirectoryInfo(Path.Combine(folder, "log")).EnumerateFiles("*.segment").Sum(static file => file.Length);

    private static void Copy(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            // What is beside a database file is a cache, and recovery discards it.
            if (Path.GetFileName(file) != "LOCK" && !file.EndsWith("-wal", StringComparison.Ordinal)
                && !file.EndsWith("-shm", StringComparison.Ordinal))
            {
                var target = Path.Combine(to, Path.GetRelativePath(from, file));
                Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                File.Copy(file, target);
            }
        }
    }
}
