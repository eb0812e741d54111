using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Shoal.Engine;
using Shoal.PowerCut.Disk;
using Shoal.PowerCut.Load;
using Shoal.PowerCut.Model;
using Shoal.PowerCut.Replay;

namespace Shoal.PowerCut.Refuse;

/// <summary>Runs a script again and again; each time another of its writes and flushes fails.</summary>
/// <remarks>
/// The engine may answer with errors or end its process. It must not serve anything wrong, and after the next start everything
/// that was promised must be there. Files are in memory: the operations count, not what the disk makes of them.
/// </remarks>
internal sealed class ErrorPositions(string workFolder, string library, ulong seed, string durability)
{
    private const int ReportedMax = 20;
    private const int AtOnce = 2;
    private static readonly TimeSpan TimeMax = TimeSpan.FromMinutes(2);
    private readonly ConcurrentDictionary<string, int> _hits = new();
    private readonly ConcurrentDictionary<string, int> _endings = new();
    private readonly Report _report = new();

    /// <summary>Tries the combinations of position and error that are chosen.</summary>
    public async Task<Report> RunAsync(ErrorChoice choice)
    {
        var start = Stopwatch.GetTimestamp();
        var mount = Path.Combine(workFolder, "memory");
        Directory.CreateDirectory(mount);
        using var memory = LoopMount.MountMemory(mount);
        var positions = await CountAsync(Path.Combine(mount, "count"));
        Console.WriteLine($"the script has {positions.Count(p => p.Operation == "write")} writes and "
            + $"{positions.Count(p => p.Operation == "flush")} flushes: {positions.Sum(p => p.ListErrors().Count)} positions and errors");
        var chosen = choice.Choose(positions, seed);
        await Parallel.ForEachAsync(chosen.Index(), new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (one, _) =>
            await TryAsync(one.Index, one.Item, Path.Combine(mount, $"{one.Index}")));
        Print(chosen.Count);
        _report.Time = Stopwatch.GetElapsedTime(start);
        return _report;
    }

    private async Task<Position[]> CountAsync(string folder)
    {
        var (ending, _, report, _) = await RunScriptAsync(folder, at: null);
        return ending == "ended well"
            ? [.. Position.ReadAll(report)]
            : throw new IOException($"the script fails without any error: {ending}");
    }

    private async Task TryAsync(int index, ErrorCase one, string folder)
    {
        var forever = one.Forever ?? (one.Error != Position.Short && new Chance(seed, (ulong)index).Below(2) == 0);
        var command = one.Position.Command(one.Error, forever);
        var (ending, promises, report, output) = await RunScriptAsync(folder, command);
        var verdict = new Verdict();
        if (ending.StartsWith("WRONG", StringComparison.Ordinal))
        {
            verdict.Unusable.Add($"{ending}: {output}");
        }

        await CheckAsync(folder, promises, index, verdict);
        Directory.Delete(folder, recursive: true);
        _hits.AddOrUpdate(Position.ReadFailed(report) ?? "nothing: the script came to an end before", 1, (_, n) => n + 1);
        _endings.AddOrUpdate(ending, 1, (_, n) => n + 1);
        lock (_report)
        {
            _report.Add(verdict);
            if (verdict.Failures().Any() && _report.FailedPoints <= ReportedMax)
            {
                Console.WriteLine($"FAILED {command} ({one.Position.File}): {string.Join("; ", verdict.Failures().Take(5))}");
            }
        }
    }

    private async Task<(string Ending, Dictionary<int, Promises> Promises, string[] Report, string Output)> RunScriptAsync(
        string folder, string? at)
    {
        var reportPath = folder + ".report";
        using var process = ChildProcess.Start(
            ["script", "--folder", folder, "--seed", seed.ToString(CultureInfo.InvariantCulture), "--durability", durability],
            environment: new Dictionary<string, string?>
            {
                ["LD_PRELOAD"] = library,
                ["REFUSE_FOLDER"] = folder,
                ["REFUSE_REPORT"] = reportPath,
                ["REFUSE_AT"] = at,
            });
        var promises = new Dictionary<int, Promises>();
        var errors = process.StandardError.ReadToEndAsync();
        var ending = "WRONG: hangs";
        try
        {
            while (await process.StandardOutput.ReadLineAsync().WaitAsync(TimeMax) is { } line)
            {
                MarkLines.Read(line, promises);
            }

            await process.WaitForExitAsync().WaitAsync(TimeMax);
            ending = process.ExitCode switch
            {
                0 => "ended well",
                ScriptCodes.NotStarted => "did not start, with an error",
                ScriptCodes.NotClosed => "did not close well, with an error",
                _ => (await errors).Contains("The commit log can not be written", StringComparison.Ordinal)
                    ? "ended itself"
                    : $"WRONG: code {process.ExitCode}",
            };
        }
        catch (TimeoutException)
        {
            process.Kill();
        }

        var report = File.Exists(reportPath) ? await File.ReadAllLinesAsync(reportPath) : [];
        File.Delete(reportPath);
        return (ending, promises, report, await errors);
    }

    private async Task CheckAsync(string folder, Dictionary<int, Promises> promises, int index, Verdict verdict)
    {
        try
        {
            await using (var engine = await DatabaseEngine.OpenAsync(new EngineSettings(durability).ForRecovery(folder)))
            {
                await new Comparison(seed).RunAsync(
                    new EngineDatabases(engine), promises, new Chance(seed, (ulong)index), verdict);
            }

            Checker.CheckFiles(folder, verdict);
        }
        catch (Exception error) when (error is EngineException or IOException or Sqlite.SqliteException)
        {
            verdict.Unusable.Add(error.Message);
        }
    }

    private void Print(int count)
    {
        Console.WriteLine($"{count} tried; what failed: " + Join(_hits));
        Console.WriteLine("the engine: " + Join(_endings));
    }

    private static string Join(ConcurrentDictionary<string, int> counts) =>
        string.Join(", ", counts.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key} {pair.Value}"));
}
