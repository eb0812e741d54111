using System.Globalization;
using Shoal.Engine;
using Shoal.Engine.History;
using Shoal.Load.Report;
using Shoal.Protocol;

namespace Shoal.Benchmarks.History;

/// <summary>What history stores and costs per commit.</summary>
/// <remarks>
/// A day of some databases, a tenth of which is active in an hour with a commit every ten seconds each, passes on a shifted clock;
/// it is sealed every 20 s, as a busy node does that fills two segments of the log in that time.
/// </remarks>
internal static class HistoryStore
{
    private const int RoundsPerHour = 360;
    private const int RoundsPerSeal = 2;
    private const int ActiveShare = 10;

    public static async Task<StoredCosts> RunAsync(string folder, int databases, int hours, string? json)
    {
        var clock = new ShiftedClock();
        await using var engine = await BenchNode.OpenAsync(folder, clock);
        var ids = new DatabaseId[databases];
        for (var index = 0; index < databases; index++)
        {
            ids[index] = await BenchNode.CreateTenantAsync(engine, $"tenant-{index}");
        }

        await engine.TimeTravel.SealAsync();
        clock.Shift(TimeSpan.FromDays(1) - clock.GetUtcNow().TimeOfDay);
        var begun = clock.GetUtcNow().ToUnixTimeMilliseconds() * 1000;
        var before = engine.TimeTravel.Manifest.Packs.Select(static pack => pack.Name).ToHashSet();
        var whole = engine.TimeTravel.Manifest.Packs.Sum(static pack => pack.Bytes);
        var random = new Random(1);
        var active = Math.Max(1, databases / ActiveShare);
        long commits = 0, sealedBytes = 0, rawBytes = 0;
        TimeSpan sealing = default, merging = default;
        for (var hour = 0; hour < hours; hour++)
        {
            var chosen = Enumerable.Range(0, active).Select(_ => ids[random.Next(databases)]).Distinct().ToArray();
            for (var round = 0; round < RoundsPerHour; round++)
            {
                await Task.WhenAll(chosen.Select(id => BenchNode.RunAsync(engine, id, BenchNode.Write(random, commits))));
                commits += chosen.Length;
                clock.Shift(TimeSpan.FromSeconds(10));
                if (round % RoundsPerSeal == RoundsPerSeal - 1)
                {
                    sealing += await BenchNode.TakeAsync(engine.TimeTravel.SealAsync);
                }
            }

            // Before they are put together.
            foreach (var pack in Of(PackLevel.Commits).Where(pack => before.Add(pack.Name)))
            {
                sealedBytes += pack.Bytes;
                rawBytes += Index(pack).Sum(static entry => (long)entry.RawBytes);
            }

            merging += await BenchNode.TakeAsync(engine.TimeTravel.CompactAsync);
        }

        // One for so many bytes of pages that were written; it takes what the first pack took of a tenant.
        var snapshots = (long)(whole / (double)databases * rawBytes / DatabaseChain.RawBytesMin);
        clock.Shift(TimeSpan.FromHours(3));
        merging += await BenchNode.TakeAsync(engine.TimeTravel.CompactAsync);
        var hourly = Of(PackLevel.Hourly).Sum(static pack => pack.Bytes);
        HistoryCodecs.Run("hourly", Of(PackLevel.Hourly).Select(PathOf), areCommits: true, json);
        HistoryCodecs.Run("snapshots", engine.TimeTravel.Manifest.Packs.Where(static pack => pack.Level == PackLevel.Snapshots).Select(PathOf),
            areCommits: false, json);
        clock.Shift(TimeSpan.FromDays(4));
        var thinning = await BenchNode.TakeAsync(engine.TimeTravel.CompactAsync);
        var daily = Of(PackLevel.Daily).Sum(static pack => pack.Bytes);
        Phase("log", rawBytes, TimeSpan.Zero);
        Phase("sealed", sealedBytes, sealing);
        Phase("snapshots", snapshots, TimeSpan.Zero);
        Phase("hourly", hourly, merging);
        Phase("daily", daily, thinning);
        var costs = new StoredCosts(PerCommit(rawBytes), PerCommit(sealedBytes), PerCommit(hourly), PerCommit(daily), PerCommit(snapshots));

        // As a node does that has enough commits for large packs.
        clock.Shift(TimeSpan.FromDays(1) - clock.GetUtcNow().TimeOfDay);
        begun = clock.GetUtcNow().ToUnixTimeMilliseconds() * 1000;
        for (var round = 0; round < RoundsPerHour; round++)
        {
            await Task.WhenAll(ids.Take(active).Select(id => BenchNode.RunAsync(engine, id, BenchNode.Write(random, round))));
        }

        var once = await BenchNode.TakeAsync(engine.TimeTravel.SealAsync);
        commits = (long)RoundsPerHour * active;
        Phase("sealed-at-once", Of(PackLevel.Commits).Sum(static pack => pack.Bytes), once);
        return costs;

        IEnumerable<PackInfo> Of(PackLevel level) =>
            engine.TimeTravel.Manifest.Packs.Where(pack => pack.Level == level && pack.FirstTime >= begun);

        string PathOf(PackInfo pack) => Path.Combine(folder, "history", pack.Name);

        PackEntry[] Index(PackInfo pack)
        {
            using var reader = PackReader.Open(PathOf(pack));
            return [.. reader.ReadIndex()];
        }

        double PerCommit(long bytes) => bytes / (double)commits;

        void Phase(string name, long bytes, TimeSpan processor)
        {
            var microseconds = processor.TotalMicroseconds / commits;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"history/{name}  {commits:N0} commits  {PerCommit(bytes):N0} bytes per commit  {microseconds:N0} µs of processor per commit"));
            Measurement.Append(json, $"history/{name}", new
            {
                commits,
                bytesPerCommit = Math.Round(PerCommit(bytes)),
                processorMicroseconds = Math.Round(microseconds),
            });
        }
    }
}
