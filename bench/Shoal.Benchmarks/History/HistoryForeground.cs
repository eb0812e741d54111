using System.Diagnostics;
using System.Globalization;
using Shoal.Engine;
using Shoal.Engine.History;
using Shoal.Load;
using Shoal.Load.Report;
using Shoal.Protocol;

namespace Shoal.Benchmarks.History;

/// <summary>
/// What requests notice of packs being put together: reads and durable writes at a fixed rate, quietly, meanwhile, and beside a
/// process of idle priority that only computes.
/// </summary>
/// <remarks>
/// An hour holds as much as the node of the load model has in half a minute: packs of tens of megabytes, as there. The process is
/// the control: what it costs requests is what the machine makes of one more busy processor.
/// </remarks>
internal static class HistoryForeground
{
    private const int Databases = 20;
    private const int Hours = 2;
    private const int ReadsPerSecond = 200;
    private const int WritesPerSecond = 200;
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(4);

    public static async Task RunAsync(string folder, int commits, int count, string? json)
    {
        var clock = new ShiftedClock();

        // Due only when the measurement says so; checkpoints would share the disk with some of what is measured, and not with all.
        await using var engine = await BenchNode.OpenAsync(folder, clock, new HistoryLimits { PackInterval = TimeSpan.FromDays(2) },
            checkpoints: TimeSpan.FromDays(1));
        var ids = new DatabaseId[Databases];
        for (var index = 0; index < Databases; index++)
        {
            ids[index] = await BenchNode.CreateTenantAsync(engine, $"tenant-{index}");
        }

        await LoadAsync(engine, ids, [new(), new()], new Window(Quiet));
        var rounds = new List<ForegroundRound>();
        for (var round = 0; round < count; round++)
        {
            rounds.Add(await RunAsync(engine, clock, ids, commits));
        }

        Write("reads", 0, rounds, json);
        Write("writes", 1, rounds, json);
    }

    private static async Task<ForegroundRound> RunAsync(DatabaseEngine engine, ShiftedClock clock, DatabaseId[] ids, int commits)
    {
        var round = new ForegroundRound();
        clock.Shift(TimeSpan.FromDays(1) - clock.GetUtcNow().TimeOfDay);
        var random = new Random(1);
        for (var half = 0; half < 2 * Hours; half++)
        {
            for (var commit = 0; commit < commits / 2; commit++)
            {
                await Task.WhenAll(ids.Select(id => BenchNode.RunAsync(engine, id, BenchNode.Write(random, commit))));
            }

            await engine.TimeTravel.SealAsync();
            clock.Shift(TimeSpan.FromMinutes(30));
        }

        // First the packs of hours, then that of the day.
        for (var level = 0; level < 2; level++)
        {
            PageCache.Settle();
            var paused = GC.GetTotalPauseDuration();
            await LoadAsync(engine, ids, round.Quiet, new Window(Quiet));
            round.PausedQuiet += GC.GetTotalPauseDuration() - paused;
            using (new IdleHog())
            {
                await LoadAsync(engine, ids, round.Control, new Window(Quiet));
            }

            clock.Shift(TimeSpan.FromDays(2));
            var started = Stopwatch.GetTimestamp();
            paused = GC.GetTotalPauseDuration();

            // The keeper wakes, and goes on by itself, with its pauses.
            await engine.TimeTravel.ExpireAsync();
            await LoadAsync(engine, ids, round.Busy, new Window(UntilDone(engine)));
            round.BusySeconds += Stopwatch.GetElapsedTime(started).TotalSeconds;
            round.PausedBusy += GC.GetTotalPauseDuration() - paused;
        }

        return round;
    }

    private static void Write(string what, int kind, List<ForegroundRound> rounds, string? json)
    {
        foreach (var round in rounds)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"  round: quiet {Text(round.Quiet[kind])}, beside a computing process {Text(round.Control[kind])}, beside "
                + $"{round.BusySeconds:N1} s of compaction {Text(round.Busy[kind])}; collections paused "
                + $"{round.PausedQuiet.TotalMilliseconds:N0} and {round.PausedBusy.TotalMilliseconds:N0} ms"));
        }

        var (quiet, control, busy) = (Of(static round => round.Quiet, 0.99), Of(static round => round.Control, 0.99), Of(static round => round.Busy, 0.99));
        var seconds = ForegroundRound.Median(rounds, static round => round.BusySeconds);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"history-foreground/{what}  p99 quiet {quiet:N0}  beside a computing process {control:N0}  beside compaction {busy:N0} µs "
            + $"({busy / quiet:N2} x quiet, {busy / control:N2} x the process)"));
        Measurement.Append(json, $"history-foreground/{what}", new
        {
            seconds = Math.Round(seconds, 1),
            quietP50Microseconds = Math.Round(Of(static round => round.Quiet, 0.5)),
            controlP50Microseconds = Math.Round(Of(static round => round.Control, 0.5)),
            p50Microseconds = Math.Round(Of(static round => round.Busy, 0.5)),
            quietP99Microseconds = Math.Round(quiet),
            controlP99Microseconds = Math.Round(control),
            p99Microseconds = Math.Round(busy),
            p99Ratio = Math.Round(busy / quiet, 2),
            controlRatio = Math.Round(busy / control, 2),
            rounds = rounds.Count,
        });

        double Of(Func<ForegroundRound, LatencyHistogram[]> state, double percentile) =>
            ForegroundRound.Median(rounds, round => state(round)[kind], percentile);

        static string Text(LatencyHistogram latencies) => string.Create(CultureInfo.InvariantCulture,
            $"p50 {latencies.Percentile(0.5).TotalMicroseconds:N0} p99 {latencies.Percentile(0.99).TotalMicroseconds:N0} µs");
    }

    /// <summary>Tells when the keeper has nothing left to do: its pauses are shorter than this.</summary>
    private static Func<bool> UntilDone(DatabaseEngine engine)
    {
        var (manifest, since) = (engine.TimeTravel.Manifest, Stopwatch.GetTimestamp());
        return () =>
        {
            if (engine.TimeTravel.Manifest is var now && now != manifest)
            {
                (manifest, since) = (now, Stopwatch.GetTimestamp());
            }

            return manifest.Work is not null || Stopwatch.GetElapsedTime(since) < TimeSpan.FromSeconds(1);
        };
    }

    /// <summary>Requests begin at their times, whether the ones before are answered or not.</summary>
    private static async Task LoadAsync(DatabaseEngine engine, DatabaseId[] ids, LatencyHistogram[] latencies, Window window)
    {
        await Task.WhenAll(
            Task.Run(() => PaceAsync(latencies[0], ReadsPerSecond, window, random =>
                BenchNode.RunAsync(engine, ids[random.Next(ids.Length)], BenchNode.Read(random)))),
            Task.Run(() => PaceAsync(latencies[1], WritesPerSecond, window, random =>
                BenchNode.RunAsync(engine, ids[random.Next(ids.Length)], BenchNode.Write(random, random.Next())))));
    }

    private static async Task PaceAsync(LatencyHistogram latencies, int perSecond, Window window, Func<Random, Task> run)
    {
        var random = new Random(perSecond);
        var between = Stopwatch.Frequency / perSecond;
        var gate = new Lock();
        var running = new List<Task>();
        for (var due = Stopwatch.GetTimestamp(); window.IsOpen; due += between)
        {
            while (Stopwatch.GetTimestamp() < due)
            {
                await Task.Delay(1);
            }

            running.Add(MeasureAsync());
        }

        await Task.WhenAll(running);

        async Task MeasureAsync()
        {
            var start = Stopwatch.GetTimestamp();
            await run(random);
            var took = Stopwatch.GetElapsedTime(start);
            lock (gate)
            {
                latencies.Record(took);
            }
        }
    }

    /// <summary>How long a load goes on.</summary>
    private sealed class Window(Func<bool> isOpen)
    {
        private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);
        private readonly long _started = Stopwatch.GetTimestamp();

        public Window(TimeSpan length)
            : this(Until(length))
        {
        }

        public bool IsOpen => Stopwatch.GetElapsedTime(_started) < Longest && isOpen();

        private static Func<bool> Until(TimeSpan length)
        {
            var started = Stopwatch.GetTimestamp();
            return () => Stopwatch.GetElapsedTime(started) < length;
        }
    }
}
