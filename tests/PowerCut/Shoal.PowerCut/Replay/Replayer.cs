using System.Diagnostics;
using Shoal.PowerCut.Disk;

namespace Shoal.PowerCut.Replay;

/// <summary>Cuts the power at many points of a recording and has each result checked.</summary>
internal sealed class Replayer(string workFolder, string diskProgram, string fileSystem, ulong seed)
{
    private const int FailuresShown = 20;
    private const int Pipelines = 3;
    private const int Parts = 8;
    private readonly Report _report = new();

    public required string Durability { get; init; }

    /// <summary>Flushes that the disk says too early to have succeeded; not 0 only to see that this is noticed.</summary>
    public int Lies { get; init; }

    /// <summary>Whether the disk has no space left for further writes.</summary>
    public bool IsFull { get; init; }

    /// <summary>Whether one failure is enough.</summary>
    public bool StopAtFailure { get; init; }

    public static string RecordingPath(string workFolder) => Path.Combine(workFolder, "recording");

    public static string BaseImagePath(string workFolder) => Path.Combine(workFolder, "base.img");

    /// <summary>
    /// After it no further part of the points begins. Each of the <see cref="Parts"/> goes over the whole recording, and begins with its
    /// disk anew.
    /// </summary>
    public TimeSpan? TimeMax { get; init; }

    /// <summary>Checks points 0 to the count, or a single one.</summary>
    public async Task<Report> RunAsync(int points, int? single)
    {
        var recording = Recording.Load(RecordingPath(workFolder));
        Console.WriteLine(
            $"recorded {recording.WriteCount} writes, {recording.FlushCount} flushes, {recording.MarkCount} marks");
        var numbers = single is { } number ? [number] : Enumerable.Range(0, points).ToArray();
        var start = Stopwatch.GetTimestamp();
        foreach (var part in TimeMax is null ? [numbers] : numbers.Chunk((numbers.Length + Parts - 1) / Parts))
        {
            if (_report.Points > 0 && Stopwatch.GetElapsedTime(start) > TimeMax)
            {
                Console.WriteLine($"time is over: {_report.Points} of {numbers.Length} points");
                break;
            }

            await RunAsync(recording, part);
        }

        _report.Time = Stopwatch.GetElapsedTime(start);
        return _report;
    }

    private Task RunAsync(Recording recording, int[] numbers)
    {
        // In order of time a disk only has to go forward. Each pipeline has one and takes every third cut, for later ones have
        // more to check.
        var cuts = numbers.Select(n => Cut.Choose(seed, n, recording.RecordCount)).OrderBy(cut => cut.Record).ToArray();
        return Task.WhenAll(Enumerable.Range(0, Pipelines).Select(pipeline =>
            RunPipelineAsync([.. cuts.Where((_, index) => index % Pipelines == pipeline)], pipeline)));
    }

    private async Task RunPipelineAsync(Cut[] cuts, int pipeline)
    {
        var mountFolder = Path.Combine(workFolder, $"replay-mount-{pipeline}");
        Directory.CreateDirectory(mountFolder);
        await using var disk = await VirtualDisk.StartAsync(diskProgram, "replay", BaseImagePath(workFolder),
            RecordingPath(workFolder), Path.Combine(workFolder, $"replay-disk-{pipeline}"));
        disk.Command($"lie {Lies}");
        using var checker = new CheckerProcess(
            ["check", "--recording", RecordingPath(workFolder), "--seed", seed.ToString(), "--durability", Durability,
                "--full", IsFull ? "yes" : "no"]);
        foreach (var cut in cuts)
        {
            if (StopAtFailure && _report.FailedPoints > 0)
            {
                break;
            }

            var verdict = await CutAsync(disk, checker, cut, mountFolder);
            lock (_report)
            {
                Show(cut, verdict);
                _report.Add(verdict);
            }
        }
    }

    private void Show(Cut cut, Verdict verdict)
    {
        var failures = verdict.Failures().ToArray();
        if (failures.Length > 0 && _report.FailedPoints < FailuresShown)
        {
            Console.WriteLine($"FAILED {cut}");
            foreach (var failure in failures.Take(5))
            {
                Console.WriteLine($"  {failure}");
            }
        }
    }

    private async Task<Verdict> CutAsync(VirtualDisk disk, CheckerProcess checker, Cut cut, string folder)
    {
        disk.Command($"cut {cut.Record} {cut.Seed} {cut.KeepPercent} {cut.TearBytes}");
        try
        {
            using var mount = LoopMount.Mount(disk.Image, folder, fileSystem);
            return await checker.CheckAsync(cut.Record, Path.Combine(folder, "data"));
        }
        catch (IOException error)
        {
            return new Verdict { Unusable = [error.Message] };
        }
    }
}
