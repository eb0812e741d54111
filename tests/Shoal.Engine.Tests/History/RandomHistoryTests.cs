using System.Diagnostics;
using System.Globalization;
using Shoal.Engine.History;

namespace Shoal.Engine.Tests.History;

/// <summary>
/// Goal: whatever several databases go through (schema, VACUUM, growth, deletions, large rows, crashes, packs that are put
/// together and let go), each of the states that are promised can be restored. Method: see <see cref="RandomHistory"/>.
/// </summary>
public sealed class RandomHistoryTests
{
    private const int Runs = 3;

    /// <summary><c>SHOAL_TEST_SEED</c> repeats one run; <c>SHOAL_TEST_RUNS</c> asks for more of them.</summary>
    [Fact]
    public Task Every_state_of_every_database_can_be_restored_and_forked_as_plain_sqlite_had_it() => RunAsync(
        seed => new RandomHistory(seed, new HistoryLimits
        {
            RestoresPerPeriodMax = int.MaxValue,
            PackInterval = TimeSpan.FromMinutes(2),
            SnapshotInterval = TimeSpan.FromMinutes(15),
            HourlySpan = TimeSpan.FromMinutes(7),
            LargeDatabaseBytes = LargeBytes(seed),
        }, pauses: TimeSpan.Zero),
        Runs, steps: 150, checks: 40, "with Hourly");

    /// <summary>The clock goes on for some 40 days, of which 30 are promised.</summary>
    [Fact]
    public Task After_weeks_every_commit_of_two_days_and_the_last_of_each_minute_of_30_days_can_be_restored() => RunAsync(
        seed => new RandomHistory(seed, new HistoryLimits { RestoresPerPeriodMax = int.MaxValue, LargeDatabaseBytes = LargeBytes(seed) }, pauses: TimeSpan.FromHours(26)),
        Runs, steps: 300, checks: 60, "with Daily");

    /// <summary>Of every second run all snapshots are taken by the thread for large ones.</summary>
    private static long LargeBytes(int seed) => seed % 2 == 0 ? 0 : new HistoryLimits().LargeDatabaseBytes;

    private static async Task RunAsync(Func<int, RandomHistory> start, int count, int steps, int checks, string met)
    {
        var seed = Environment.GetEnvironmentVariable("SHOAL_TEST_SEED") is { } text
            ? int.Parse(text, CultureInfo.InvariantCulture)
            : (int?)null;
        var runs = Environment.GetEnvironmentVariable("SHOAL_TEST_RUNS") is { } number
            ? int.Parse(number, CultureInfo.InvariantCulture)
            : count;
        var hasMet = 0;
        for (var run = 0; run < (seed is null ? runs : 1); run++)
        {
            var next = seed ?? Random.Shared.Next();
            var begun = Stopwatch.GetTimestamp();
            var history = start(next);
            try
            {
                await history.RunAsync(steps, checks);
            }
            catch (Exception error)
            {
                throw new InvalidOperationException($"SHOAL_TEST_SEED={next}, {history.Where}", error);
            }

            hasMet += history.CountOf(met);
            TestContext.Current.TestOutputHelper?.WriteLine(
                $"seed {next}: {history.Summary} in {Stopwatch.GetElapsedTime(begun).TotalSeconds:0.0} s");
        }

        Assert.True(hasMet > 0, $"no run went through what it is about: {met}");
    }
}
