using System.Diagnostics;
using Shoal.PowerCut.Load;
using Shoal.PowerCut.Model;
using Shoal.PowerCut.Replay;

namespace Shoal.PowerCut.Kill;

/// <summary>Kills a server under load again and again, and compares what it serves afterwards with what it had promised.</summary>
internal sealed class KillLoop(string program, string folder, ulong seed, string? durability)
{
    private const int Databases = 20;
    private const int Writers = 16;
    private readonly Witness _witness = new();
    private readonly Report _report = new();
    private readonly List<TimeSpan> _starts = [];
    private readonly List<long> _logBytes = [];
    private int _commits;

    /// <summary>Kills so many times, or fewer when the time is over.</summary>
    public async Task<int> RunAsync(int kills, TimeSpan? timeMax)
    {
        var start = Stopwatch.GetTimestamp();
        var chance = new Chance(seed, 0x6177);
        var comparison = new Comparison(seed);
        for (var round = 0; ; round++)
        {
            if (round > 0)
            {
                _logBytes.Add(LogSize.Measure(folder));
            }

            using var server = await ServerProcess.StartAsync(program, folder, durability);
            if (round > 0)
            {
                _starts.Add(server.StartTime);
                var verdict = new Verdict();
                await comparison.RunAsync(server.Databases, _witness.Promises, chance, verdict);
                Add($"kill {round}", verdict);
            }

            if (round == kills || (round > 0 && Stopwatch.GetElapsedTime(start) > timeMax))
            {
                await server.StopAsync();
                break;
            }

            await LoadAndKillAsync(server, round, chance.Between(1, 150));
        }

        var files = new Verdict();
        Checker.CheckFiles(folder, files);
        Add("the files in the end", files);
        _report.Time = Stopwatch.GetElapsedTime(start);
        Print();
        return _report.FailedPoints == 0 ? 0 : 1;
    }

    private async Task LoadAndKillAsync(ServerProcess server, int round, int killAt)
    {
        var killed = false;
        var workload = new Workload(server.Databases, _witness, new LoadOptions
        {
            Seed = seed,
            Round = round,
            Commits = int.MaxValue,
            Databases = Databases,
            Writers = Writers,
            Committed = commits =>
            {
                Interlocked.Increment(ref _commits);
                if (commits >= killAt)
                {
                    killed = true;
                    server.Kill();
                }
            },
        });
        try
        {
            await workload.RunAsync();
        }
        catch (Exception error) when (killed && error is HttpRequestException { StatusCode: null } or IOException)
        {
            // The writers end when their server does.
        }
    }

    private void Add(string what, Verdict verdict)
    {
        foreach (var failure in verdict.Failures().Take(5))
        {
            Console.WriteLine($"FAILED {what}: {failure}");
        }

        _report.Add(verdict);
    }

    private static T At<T>(List<T> sorted, double share) => sorted[(int)Math.Ceiling(share * sorted.Count) - 1];

    private void Print()
    {
        _starts.Sort();
        _logBytes.Sort();
        Console.WriteLine(_report);
        Console.WriteLine($"{_commits} commits acknowledged; after a kill, from the start of the process to /health: "
            + $"p50 {At(_starts, 0.5).TotalMilliseconds:0} ms, p99 {At(_starts, 0.99).TotalMilliseconds:0} ms, "
            + $"longest {_starts[^1].TotalMilliseconds:0} ms");
        Console.WriteLine($"log to read at the start: p50 {At(_logBytes, 0.5) / 1024} KiB, p99 {At(_logBytes, 0.99) / 1024} KiB, "
            + $"most {_logBytes[^1] / 1024} KiB");
        Console.WriteLine($"{_report.Points - _report.FailedPoints} passed, {_report.FailedPoints} failed");
    }
}
