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
/// same without flushes is only shown. All begin with nothing to be written to the disk, and with what they read in the page cache; and
/// once more with nothing of it there, as of a database that nobody has used, and of packs of five days ago. Of small databases there is
/// a second yardstick: <see cref="BareSteps"/>.
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

    public static async Task RunAsync(string folder, string disk, int megabytes, bool isLarge, string? json)
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
        var runs = Enumerable.Range(0, 13).Select(static _ => new List<double>()).ToArray();

        // In turns, as the machine's speed drifts. The first rounds compile, and make room in memory.
        var (unmeasured, measured) = isLarge ? (1, LargeRounds) : isSmall ? (SmallRounds, SmallRounds) : (1, Rounds);
        for (var round = -unmeasured; round < measured; round++)
        {
            double?[] took =
            [
                .. await InTurnsAsync(PageCache.Settle),
                .. await InTurnsAsync(() => PageCache.PushOut(folder)),
                Copy(file, isDurable: false, PageCache.Settle),
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
        Write("old", new Round(median[0], median[1], median[3]), new Round(median[5], median[6], median[8]), median[10], median[11]);
        Write("recent", new Round(median[0], median[2], median[4]), new Round(median[5], median[7], median[9]), median[10], median[12]);

        async Task<double?[]> InTurnsAsync(Action prepare) =>
        [
            Copy(file, isDurable: true, prepare),
            await RestoreAsync(engine, id, old, prepare),
            await RestoreAsync(engine, id, recent, prepare),

            // The snapshot of a large fork goes on for long after it.
            isLarge ? null : await ForkAsync(engine, id, old, prepare),
            isLarge ? null : await ForkAsync(engine, id, recent, prepare),
        ];

        void Write(string moment, Round warm, Round cold, double? plain, double? steps)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"history-restore/{disk}{megabytes}-{moment}  {bytes:N0} bytes  copy {warm.Copy:N4} s (without flushes {plain:N4})  {warm.Text}  "
                + $"bare steps {steps:N4} s (restore {warm.Restore / steps:N1} x)  cold: copy {cold.Copy:N4} s  {cold.Text}"));
            Measurement.Append(json, $"history-restore/{disk}{megabytes}-{moment}", new
            {
                bytes,
                copySeconds = Rounded(warm.Copy),
                plainCopySeconds = Rounded(plain),
                restoreSeconds = Rounded(warm.Restore),
                forkSeconds = Rounded(warm.Fork),
                restoreRatio = Rounded(warm.Restore / warm.Copy),
                plainRatio = Rounded(warm.Restore / plain),
                forkRatio = Rounded(warm.Fork / warm.Copy),
                coldCopySeconds = Rounded(cold.Copy),
                coldRestoreSeconds = Rounded(cold.Restore),
                coldForkSeconds = Rounded(cold.Fork),
                coldRestoreRatio = Rounded(cold.Restore / cold.Copy),
                coldForkRatio = Rounded(cold.Fork / cold.Copy),
                bareSeconds = Rounded(steps),
                bareRatio = Rounded(warm.Restore / steps),
            });
        }
    }

    private static double? Rounded(double? value) => value is { } number ? Math.Round(number, 4) : null;

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

    private static double Copy(string file, bool isDurable, Action prepare)
    {
        prepare();
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

    private static async Task<double> RestoreAsync(DatabaseEngine engine, DatabaseId id, string bookmark, Action prepare)
    {
        prepare();
        var start = Stopwatch.GetTimestamp();
        await engine.TimeTravel.RestoreAsync(id, RestoreMoment.At(bookmark));
        var took = Stopwatch.GetElapsedTime(start).TotalSeconds;
        await engine.TimeTravel.SealAsync();
        return took;
    }

    private static async Task<double> ForkAsync(DatabaseEngine engine, DatabaseId id, string bookmark, Action prepare)
    {
        prepare();
        var start = Stopwatch.GetTimestamp();
        var fork = await engine.TimeTravel.ForkAsync(id, RestoreMoment.At(bookmark), BenchNode.New("fork"));
        var took = Stopwatch.GetElapsedTime(start).TotalSeconds;

        // Its snapshot is taken after it; nothing else is to wait for that.
        await engine.TimeTravel.SealAsync();
        await engine.DeleteDatabaseAsync(fork.Id);
        return took;
    }

    /// <summary>Medians of what was done in turns. Units: seconds; null where it was not.</summary>
    private readonly record struct Round(double? Copy, double? Restore, double? Fork)
    {
        public string Text => string.Create(CultureInfo.InvariantCulture,
            $"restore {Restore:N3} s ({Restore / Copy:N1} x)  fork {Fork:N3} s ({Fork / Copy:N1} x)");
    }
}
