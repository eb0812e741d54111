using System.Diagnostics;
using System.Globalization;
using Shoal.Engine;
using Shoal.Engine.History;
using Shoal.Load.Report;
using Shoal.Protocol;
using Shoal.Sqlite.Vfs;

namespace Shoal.Benchmarks.History;

/// <summary>How long a restore and a fork take, to a moment of minutes ago and to one of five days ago.</summary>
/// <remarks>
/// The yardstick is a copy of the file in the same round, as durable as a restore: with a flush of the copy and of its folder. The
/// same without flushes is only shown. All begin with what they read in the page cache and with nothing to be written to the disk.
/// Of small databases there is a second one: <see cref="BareSteps"/>.
/// </remarks>
internal static class HistoryRestores
{
    private const int RowsPerMegabyte = 1_000;
    private const int TextsPerRow = 9;
    private const int Changes = 500;
    private const int SmallRounds = 20;
    private const int Rounds = 7;
    private const int LargeRounds = 3;

    /// <summary>Above this a restore is measured less often. Units: MiB.</summary>
    private const int FewMebibytes = 10;

    public static async Task RunAsync(string folder, int megabytes, bool isLarge, string? json)
    {
        var isSmall = megabytes <= FewMebibytes;
        var clock = new ShiftedClock();
        await using var engine = await BenchNode.OpenAsync(folder, clock);
        var id = (await engine.CreateDatabaseAsync(BenchNode.New($"restore-{megabytes}"))).Id;
        await BenchNode.RunAsync(engine, id, "CREATE TABLE t(id INTEGER PRIMARY KEY, a, b BLOB)");
        // Texts as the tenants have them; they compress to two fifths.
        var text = string.Join(" || ", Enumerable.Repeat(
            "'order ' || i || ' of a customer, with some text about it: ' || hex(randomblob(30))", TextsPerRow));
        for (var part = 0; part < megabytes; part++)
        {
            await BenchNode.RunAsync(engine, id, string.Create(CultureInfo.InvariantCulture,
                $"INSERT INTO t(a, b) WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {RowsPerMegabyte}) SELECT i, {text} FROM n"));
        }

        var random = new Random(1);
        var old = await ChangeAsync(engine, id, megabytes, random);
        clock.Shift(TimeSpan.FromDays(5));
        await engine.TimeTravel.CompactAsync();
        var recent = await ChangeAsync(engine, id, megabytes, random);
        await engine.TimeTravel.SnapshotAsync();
        using var bare = isSmall ? new BareSteps(engine, folder, id) : null;
        var file = Path.Combine(folder, "plain");
        await engine.ExportSqliteAsync(id, file);
        var runs = Enumerable.Range(0, 8).Select(static _ => new List<double>()).ToArray();

        // In turns, as the machine's speed drifts. The first rounds compile, and make room in memory.
        var (unmeasured, measured) = isLarge ? (1, LargeRounds) : isSmall ? (SmallRounds, SmallRounds) : (1, Rounds);
        for (var round = -unmeasured; round < measured; round++)
        {
            double?[] took =
            [
                Copy(file, isDurable: true),
                await RestoreAsync(engine, id, old),
                await RestoreAsync(engine, id, recent),

                // The snapshot of a large fork goes on for long after it.
                isLarge ? null : await ForkAsync(engine, id, old),
                isLarge ? null : await ForkAsync(engine, id, recent),
                Copy(file, isDurable: false),
                bare?.Run(file, old),
                bare?.Run(file, recent),
            ];
            for (var step = 0; round >= 0 && step < took.Length; step++)
            {
                runs[step].AddRange(took[step] is { } seconds ? [seconds] : []);
            }
        }

        var bytes = new FileInfo(file).Length;
        File.Delete(file);
        var median = Array.ConvertAll(runs, static times => times.Count > 0 ? times.Order().ElementAt(times.Count / 2) : (double?)null);
        Write("old", median[0]!.Value, median[5]!.Value, median[1]!.Value, median[3], median[6]);
        Write("recent", median[0]!.Value, median[5]!.Value, median[2]!.Value, median[4], median[7]);

        void Write(string moment, double copy, double plain, double restore, double? fork, double? steps)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"history-restore/{megabytes}-{moment}  {bytes:N0} bytes  copy {copy:N4} s (without flushes {plain:N4})  restore {restore:N3} s ({restore / copy:N1} x)  "
                + $"fork {fork:N3} s ({fork / copy:N1} x)  bare steps {steps:N4} s (restore {restore / steps:N1} x)"));
            Measurement.Append(json, $"history-restore/{megabytes}-{moment}", new
            {
                bytes,
                copySeconds = Math.Round(copy, 4),
                plainCopySeconds = Math.Round(plain, 4),
                restoreSeconds = Math.Round(restore, 4),
                forkSeconds = Round(fork),
                restoreRatio = Math.Round(restore / copy, 2),
                plainRatio = Math.Round(restore / plain, 2),
                forkRatio = Round(fork / copy),
                bareSeconds = steps is { } bareSteps ? Math.Round(bareSteps, 4) : (double?)null,
                bareRatio = Round(restore / steps),
            });
        }
    }

    private static double? Round(double? value) => value is { } number ? Math.Round(number, 3) : null;

    /// <summary>Makes small changes, and gives the bookmark of half way.</summary>
    private static async Task<string> ChangeAsync(DatabaseEngine engine, DatabaseId id, int megabytes, Random random)
    {
        var then = "";
        for (var change = 0; change < 2 * Changes; change++)
        {
            await BenchNode.RunAsync(engine, id, string.Create(CultureInfo.InvariantCulture,
                $"UPDATE t SET a = {change} WHERE id = {random.Next(RowsPerMegabyte * megabytes) + 1}"));
            then = change == Changes ? (await engine.TimeTravel.KeepBookmarkAsync(id)).ToString() : then;
        }

        await engine.TimeTravel.SealAsync();
        return then;
    }

    private static double Copy(string file, bool isDurable)
    {
        BenchNode.Settle();
        var start = Stopwatch.GetTimestamp();
        using (var from = File.OpenRead(file))
        using (var to = File.Create(file + ".copy"))
        {
            from.CopyTo(to, 1024 * 1024);
            to.Flush(flushToDisk: isDurable);
        }

        if (isDurable)
        {
            DirectorySync.Flush(Path.GetDirectoryName(file)!);
        }

        var took = Stopwatch.GetElapsedTime(start).TotalSeconds;
        File.Delete(file + ".copy");
        return took;
    }

    private static async Task<double> RestoreAsync(DatabaseEngine engine, DatabaseId id, string bookmark)
    {
        BenchNode.Settle();
        var start = Stopwatch.GetTimestamp();
        await engine.TimeTravel.RestoreAsync(id, RestoreMoment.At(bookmark));
        var took = Stopwatch.GetElapsedTime(start).TotalSeconds;
        await engine.TimeTravel.SealAsync();
        return took;
    }

    private static async Task<double> ForkAsync(DatabaseEngine engine, DatabaseId id, string bookmark)
    {
        BenchNode.Settle();
        var start = Stopwatch.GetTimestamp();
        var fork = await engine.TimeTravel.ForkAsync(id, RestoreMoment.At(bookmark), BenchNode.New("fork"));
        var took = Stopwatch.GetElapsedTime(start).TotalSeconds;

        // Its snapshot is taken after it; nothing else is to wait for that.
        await engine.TimeTravel.SealAsync();
        await engine.DeleteDatabaseAsync(fork.Id);
        return took;
    }
}
