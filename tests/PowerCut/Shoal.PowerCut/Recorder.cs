using System.Diagnostics;
using System.Globalization;
using Shoal.PowerCut.Disk;
using Shoal.PowerCut.Model;
using Shoal.PowerCut.Replay;

namespace Shoal.PowerCut;

/// <summary>Runs the load on a recorded disk: killed and started again a few times, and closed properly at the end.</summary>
internal sealed class Recorder(string workFolder, string diskProgram, string fileSystem, ulong seed, int commits)
{
    /// <summary>As a good SSD without power-loss protection has it.</summary>
    public const int FlushMicrosecondsDefault = 500;

    private static readonly TimeSpan SilenceMax = TimeSpan.FromMinutes(2);

    /// <summary>How many times the load is started.</summary>
    public int Rounds { get; init; } = 3;

    /// <summary>Size of the disk.</summary>
    public int ImageMebibytes { get; init; } = 768;

    /// <summary>Size of a file on the disk that is deleted before it is checked.</summary>
    public int BallastMebibytes { get; init; }

    /// <summary>A command of the disk that makes it fail, or null. The load may then fail as well.</summary>
    public string? Error { get; init; }

    /// <summary>How long a flush of the recorded disk takes.</summary>
    public int FlushMicroseconds { get; init; } = FlushMicrosecondsDefault;

    public string Durability { get; init; } = "sqlite";

    public async Task RunAsync()
    {
        var image = Replayer.BaseImagePath(workFolder);
        await using (var file = File.Create(image))
        {
            file.SetLength(ImageMebibytes * 1024L * 1024);
        }

        MakeFileSystem(image);
        var mountFolder = Path.Combine(workFolder, "record-mount");
        Directory.CreateDirectory(mountFolder);
        await using var disk = await VirtualDisk.StartAsync(diskProgram, "record", image,
            Replayer.RecordingPath(workFolder), Path.Combine(workFolder, "record-disk"));
        using var mount = LoopMount.Mount(disk.Image, mountFolder, fileSystem);
        disk.Command($"delay {FlushMicroseconds}");
        if (Error is not null)
        {
            disk.Command(Error);
        }

        await File.WriteAllBytesAsync(Path.Combine(mountFolder, Checker.BallastName), new byte[BallastMebibytes * 1024 * 1024]);
        var chance = new Chance(seed, 0x4EC);
        for (var round = 0; round < Rounds; round++)
        {
            // The last round may end; those before it are killed somewhere on the way.
            var share = commits / Rounds;
            var killAt = round == Rounds - 1 ? int.MaxValue : chance.Between(share / 2, share);
            await RunLoadAsync(Path.Combine(mountFolder, "data"), disk.Marks, round, share, killAt);
        }
    }

    private async Task RunLoadAsync(string folder, string marks, int round, int share, int killAt)
    {
        using var ended = new CancellationTokenSource();
        var writeback = Task.Run(() => new Writeback(folder, new Chance(seed, (ulong)round)).RunAsync(ended.Token));
        using var load = ChildProcess.Start(
        [
            "load", "--folder", folder, "--marks", marks, "--seed", seed.ToString(CultureInfo.InvariantCulture),
            "--round", $"{round}", "--commits", $"{share}", "--durability", Durability,
        ]);
        try
        {
            while (await load.StandardOutput.ReadLineAsync().WaitAsync(SilenceMax) is { } line)
            {
                if (int.Parse(line, CultureInfo.InvariantCulture) >= killAt)
                {
                    load.Kill();
                }
            }

            await load.WaitForExitAsync().WaitAsync(SilenceMax);
            if (killAt == int.MaxValue && load.ExitCode != 0)
            {
                throw new LoadException($"the load failed with code {load.ExitCode}");
            }
        }
        catch (TimeoutException)
        {
            throw new LoadException($"the load hangs: no commit for {SilenceMax.TotalSeconds} s");
        }
        finally
        {
            load.Kill();
            await load.WaitForExitAsync();
            await ended.CancelAsync();
            await writeback;
        }
    }

    private void MakeFileSystem(string image)
    {
        using var make = Process.Start(new ProcessStartInfo($"mkfs.{fileSystem}",
            ["-q", "-b", "4096", "-E", "lazy_itable_init=0,lazy_journal_init=0", image]))!;
        make.WaitForExit();
        if (make.ExitCode != 0)
        {
            throw new IOException($"mkfs.{fileSystem} failed");
        }
    }
}
