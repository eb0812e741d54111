using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Shoal.Benchmarks.Micro;
using Shoal.Engine;
using Shoal.Engine.Catalog;
using Shoal.Engine.History;
using Shoal.Engine.Requests;
using Shoal.Load.Report;
using Shoal.Protocol;

namespace Shoal.Benchmarks.History;

/// <summary><c>history</c>: what history stores and costs per commit, and how long a restore takes.</summary>
/// <remarks>
/// A day of a tenth of an hour's databases, each with a commit every ten seconds while it is active, passes on a shifted clock; it
/// is sealed as often as a busy node would. One tenant has 2 MB, three indexes, and inserts, updates of one row and of ten.
/// </remarks>
internal static class HistoryCommand
{
    private const int Rows = 8_000;
    private const int RoundsPerHour = 360;
    private const int RoundsPerSeal = 2;
    private const int ActiveShare = 10;

    public static Command Create()
    {
        var databases = new Option<int>("--databases") { DefaultValueFactory = static _ => 100 };
        var hours = new Option<int>("--hours") { DefaultValueFactory = static _ => 24 };
        var sizes = new Option<int[]>("--restore-mib")
        {
            DefaultValueFactory = static _ => [1, 100],
            AllowMultipleArgumentsPerToken = true,
        };
        var folder = new Option<string?>("--folder") { Description = "where to put the data folder; default the temporary folder" };
        var json = new Option<string?>("--json") { Description = "append the numbers to this file, one line per phase" };
        var command = new Command("history", "Size and cost of history, and restores.") { databases, hours, sizes, folder, json };
        command.SetAction(async (parsed, _) =>
        {
            var path = Path.Combine(parsed.GetValue(folder) ?? Path.GetTempPath(), "shoal-bench-" + Path.GetRandomFileName());
            try
            {
                await StoreAsync(Path.Combine(path, "store"), parsed.GetValue(databases), parsed.GetValue(hours), parsed.GetValue(json));
                foreach (var megabytes in parsed.GetValue(sizes)!)
                {
                    await RestoreAsync(Path.Combine(path, "restore"), megabytes, parsed.GetValue(json));
                }
            }
            finally
            {
                Directory.Delete(path, recursive: true);
            }
        });
        return command;
    }

    private static async Task StoreAsync(string folder, int databases, int hours, string? json)
    {
        var clock = new ShiftedClock();
        await using var engine = await OpenAsync(folder, clock);
        var ids = new DatabaseId[databases];
        for (var index = 0; index < databases; index++)
        {
            ids[index] = await CreateAsync(engine, $"tenant-{index}");
        }

        await engine.TimeTravel.SealAsync();
        clock.Shift(TimeSpan.FromDays(1) - clock.GetUtcNow().TimeOfDay);
        var begun = clock.GetUtcNow().ToUnixTimeMilliseconds() * 1000;
        var before = engine.TimeTravel.Manifest.Packs.Select(static pack => pack.Name).ToHashSet();
        var random = new Random(1);
        var active = Math.Max(1, databases / ActiveShare);
        long commits = 0, sealedBytes = 0, rawBytes = 0;
        TimeSpan sealing = default, merging = default;
        for (var hour = 0; hour < hours; hour++)
        {
            var chosen = Enumerable.Range(0, active).Select(_ => ids[random.Next(databases)]).Distinct().ToArray();
            for (var round = 0; round < RoundsPerHour; round++)
            {
                await Task.WhenAll(chosen.Select(id => RunAsync(engine, id, Write(random, commits))));
                commits += chosen.Length;
                clock.Shift(TimeSpan.FromSeconds(10));
                if (round % RoundsPerSeal == RoundsPerSeal - 1)
                {
                    sealing += await TakeAsync(engine.TimeTravel.SealAsync);
                }
            }

            // Before they are put together.
            foreach (var pack in Of(PackLevel.Commits).Where(pack => before.Add(pack.Name)))
            {
                sealedBytes += pack.Bytes;
                using var reader = PackReader.Open(Path.Combine(folder, "history", pack.Name));
                rawBytes += reader.ReadIndex().Sum(static entry => (long)entry.RawBytes);
            }

            merging += await TakeAsync(engine.TimeTravel.CompactAsync);
        }

        clock.Shift(TimeSpan.FromHours(3));
        merging += await TakeAsync(engine.TimeTravel.CompactAsync);
        var hourly = Of(PackLevel.Hourly).Sum(static pack => pack.Bytes);
        clock.Shift(TimeSpan.FromDays(4));
        var thinning = await TakeAsync(engine.TimeTravel.CompactAsync);
        var daily = Of(PackLevel.Daily).Sum(static pack => pack.Bytes);
        Phase("log", rawBytes, TimeSpan.Zero);
        Phase("sealed", sealedBytes, sealing);
        Phase("hourly", hourly, merging);
        Phase("daily", daily, thinning);

        // As a node does that has enough commits for large packs.
        clock.Shift(TimeSpan.FromDays(1) - clock.GetUtcNow().TimeOfDay);
        begun = clock.GetUtcNow().ToUnixTimeMilliseconds() * 1000;
        for (var round = 0; round < RoundsPerHour; round++)
        {
            await Task.WhenAll(ids.Take(active).Select(id => RunAsync(engine, id, Write(random, round))));
        }

        var once = await TakeAsync(engine.TimeTravel.SealAsync);
        commits = (long)RoundsPerHour * active;
        Phase("sealed-at-once", Of(PackLevel.Commits).Sum(static pack => pack.Bytes), once);

        IEnumerable<PackInfo> Of(PackLevel level) =>
            engine.TimeTravel.Manifest.Packs.Where(pack => pack.Level == level && pack.FirstTime >= begun);

        void Phase(string name, long bytes, TimeSpan processor)
        {
            var perCommit = bytes / (double)commits;
            var microseconds = processor.TotalMicroseconds / commits;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"history/{name}  {commits:N0} commits  {perCommit:N0} bytes per commit  {microseconds:N0} µs of processor per commit"));
            Measurement.Append(json, $"history/{name}", new
            {
                commits,
                bytesPerCommit = Math.Round(perCommit),
                processorMicroseconds = Math.Round(microseconds),
            });
        }
    }

    private static async Task RestoreAsync(string folder, int megabytes, string? json)
    {
        await using var engine = await OpenAsync(folder, TimeProvider.System);
        var id = (await engine.CreateDatabaseAsync(New($"restore-{megabytes}"))).Id;
        await RunAsync(engine, id, "CREATE TABLE t(id INTEGER PRIMARY KEY, a, b BLOB)");
        for (var part = 0; part < megabytes; part++)
        {
            await RunAsync(engine, id,
                "INSERT INTO t(a, b) WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 512) SELECT i, hex(randomblob(900)) FROM n");
        }

        var then = "";
        var random = new Random(1);
        for (var change = 0; change < 1_000; change++)
        {
            await RunAsync(engine, id, $"UPDATE t SET a = {change} WHERE id = {random.Next(512 * megabytes) + 1}");
            then = change == 500 ? engine.TimeTravel.GetBookmark(id).ToString() : then;
        }

        await engine.TimeTravel.SealAsync();
        var file = Path.Combine(folder, "plain");
        await engine.ExportSqliteAsync(id, file);
        var copies = new List<double>();
        var restores = new List<double>();
        var forks = new List<double>();
        for (var run = 0; run < 3; run++)
        {
            copies.Add(Time(() =>
            {
                using var from = File.OpenRead(file);
                using var to = File.Create(file + ".copy");
                from.CopyTo(to);
                to.Flush(flushToDisk: true);
            }));
            var start = Stopwatch.GetTimestamp();
            var fork = await engine.TimeTravel.ForkAsync(id, RestoreMoment.At(then), New($"fork-{megabytes}-{run}"));
            forks.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
            start = Stopwatch.GetTimestamp();
            var result = await engine.TimeTravel.RestoreAsync(id, RestoreMoment.At(then));
            restores.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
            await engine.TimeTravel.RestoreAsync(id, RestoreMoment.At(result.Previous.ToString()));
            await engine.DeleteDatabaseAsync(fork.Id);
        }

        var (copy, restore, forked) = (copies.Order().ElementAt(1), restores.Order().ElementAt(1), forks.Order().ElementAt(1));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"history/restore-{megabytes}  {new FileInfo(file).Length:N0} bytes  copy {copy:N3} s  restore {restore:N3} s  fork {forked:N3} s"));
        Measurement.Append(json, $"history/restore-{megabytes}", new
        {
            bytes = new FileInfo(file).Length,
            copySeconds = Math.Round(copy, 4),
            restoreSeconds = Math.Round(restore, 4),
            forkSeconds = Math.Round(forked, 4),
        });
    }

    private static double Time(Action action)
    {
        var start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>What the process uses of processors meanwhile; nothing else runs in it.</summary>
    private static async Task<TimeSpan> TakeAsync(Func<Task> work)
    {
        using var process = Process.GetCurrentProcess();
        var before = process.TotalProcessorTime;
        await work();
        process.Refresh();
        return process.TotalProcessorTime - before;
    }

    private static Task<DatabaseEngine> OpenAsync(string folder, TimeProvider clock) => DatabaseEngine.OpenAsync(new EngineOptions
    {
        DataFolder = folder,
        Durability = DurabilityMode.Log,
        TimeProvider = clock,
        FreeBytesMin = 0,
        History = new HistoryLimits { RestoresPerPeriodMax = int.MaxValue },
    });

    private static NewDatabase New(string name) => new() { Account = "bench", Name = name };

    private static async Task<DatabaseId> CreateAsync(DatabaseEngine engine, string name)
    {
        var id = (await engine.CreateDatabaseAsync(New(name))).Id;
        await RunAsync(engine, id,
            $"""
            CREATE TABLE orders(id INTEGER PRIMARY KEY, customer INTEGER, kind TEXT, note TEXT, at INTEGER);
            INSERT INTO orders(customer, kind, note, at)
            WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {Rows})
            SELECT abs(random()) % 1000, 'kind ' || i % 20, 'order ' || i || ' of a customer, with some text about it: ' || hex(randomblob(30)), i FROM n;
            CREATE INDEX by_customer ON orders(customer, at); CREATE INDEX by_kind ON orders(kind); CREATE INDEX by_time ON orders(at)
            """);
        return id;
    }

    private static string Write(Random random, long number)
    {
        FormattableString sql = random.Next(10) switch
        {
            < 5 => $"""
                INSERT INTO orders(customer, kind, note, at) VALUES ({random.Next(1000)}, 'kind {random.Next(20)}',
                'order {number} of a customer, with some text about it: {random.NextInt64():x16}{random.NextInt64():x16}', {number})
                """,
            < 9 => $"""
                UPDATE orders SET note = 'changed {random.NextInt64():x16}', at = {number} WHERE id = {random.Next(Rows) + 1}
                """,
            _ => $"UPDATE orders SET kind = 'kind {random.Next(20)}' WHERE customer = {random.Next(1000)}",
        };
        return sql.ToString(CultureInfo.InvariantCulture);
    }

    private static Task RunAsync(DatabaseEngine engine, DatabaseId id, string sql) =>
        engine.ExecuteAsync(id, SqlRequest.Relaxed(sql), new CountingSink()).AsTask();
}
