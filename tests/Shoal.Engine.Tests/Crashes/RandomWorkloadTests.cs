using System.Diagnostics;
using System.Globalization;

namespace Shoal.Engine.Tests.Crashes;

public sealed class RandomWorkloadTests
{
    private const int StepsPerRun = 120;
    private const int Runs = 5;

    /// <summary>
    /// <c>SHOAL_TEST_SEED</c> repeats one run; <c>SHOAL_TEST_RUNS</c> asks for more of them.
    /// </summary>
    [Fact]
    public async Task After_every_crash_both_modes_hold_what_plain_sqlite_in_memory_does()
    {
        var seed = Environment.GetEnvironmentVariable("SHOAL_TEST_SEED") is { } text
            ? int.Parse(text, CultureInfo.InvariantCulture)
            : (int?)null;
        var runs = Environment.GetEnvironmentVariable("SHOAL_TEST_RUNS") is { } number
            ? int.Parse(number, CultureInfo.InvariantCulture)
            : Runs;
        for (var run = 0; run < (seed is null ? runs : 1); run++)
        {
            await RunAsync(seed ?? Random.Shared.Next());
        }
    }

    private static async Task RunAsync(int seed)
    {
        var start = Stopwatch.GetTimestamp();
        var workload = new RandomWorkload(seed);
        using var oracle = new OracleDatabases();
        await using var log = await CrashingEngine.StartAsync(DurabilityMode.Log, seed);
        await using var sqlite = await CrashingEngine.StartAsync(DurabilityMode.Sqlite, seed);
        var kinds = new SortedDictionary<StepKind, int>();
        for (var index = 0; index < StepsPerRun; index++)
        {
            var step = index == StepsPerRun - 1 ? new Step(StepKind.Crash) : workload.Next();
            kinds[step.Kind] = kinds.GetValueOrDefault(step.Kind) + 1;
            var expected = step.Kind is StepKind.Checkpoint or StepKind.Crash or StepKind.CrashAndChangeMode or StepKind.Restart
                ? []
                : oracle.Apply(step);
            foreach (var engine in (CrashingEngine[])[log, sqlite])
            {
                var where = $"SHOAL_TEST_SEED={seed}, step {index}, {step.Kind}, engine {(engine == log ? "log" : "sqlite")} at first";
                try
                {
                    Assert.Equal(expected, await engine.ApplyAsync(step));
                    if (step.Kind is StepKind.Crash or StepKind.CrashAndChangeMode or StepKind.Restart)
                    {
                        Assert.Equal(oracle.Dump(), await engine.DumpAsync());
                    }
                }
                catch (Exception error)
                {
                    throw new InvalidOperationException(where, error);
                }
            }
        }

        TestContext.Current.TestOutputHelper?.WriteLine(
            $"seed {seed}: {string.Join(", ", kinds)} in {Stopwatch.GetElapsedTime(start).TotalSeconds:0.0} s");
    }
}
