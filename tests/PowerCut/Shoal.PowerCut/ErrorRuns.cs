using Shoal.PowerCut.Model;
using Shoal.PowerCut.Replay;

namespace Shoal.PowerCut;

/// <summary>Runs the load on disks that fail somewhere, or are too small, and cuts the power of each of them as well.</summary>
/// <remarks>The load may be refused and the engine may end itself; what it has promised until then must hold.</remarks>
internal sealed class ErrorRuns(string workFolder, string diskProgram, string fileSystem, ulong seed, string durability)
{
    private const int Commits = 300;
    private const int PointsPerRun = 10;
    private const int BallastMebibytes = 10;
    private const int LargeMebibytes = 768;
    private const int SmallMebibytesMin = 10;
    private const int SmallMebibytesMax = 24;

    public async Task<Report> RunAsync(int runs)
    {
        // What a run without errors writes tells where errors can come.
        var sum = new Report();
        var whole = await RecordAsync("whole", error: null, LargeMebibytes);
        for (var run = 0; run < runs; run++)
        {
            var chance = new Chance(seed, 0xE44, (ulong)run);
            var error = (chance.Below(2) == 0
                    ? $"fail write {chance.Between(1, whole.WriteCount)}"
                    : $"fail flush {chance.Between(1, whole.FlushCount)}")
                + (chance.Below(4) == 0 ? " ENOSPC" : " EIO") + (chance.Below(2) == 0 ? " once" : " forever");
            var isSmall = chance.Below(5) == 0;
            var name = $"error-{run}";
            _ = await RecordAsync(name, isSmall ? null : error, isSmall ? chance.Between(SmallMebibytesMin, SmallMebibytesMax) : LargeMebibytes);
            Console.WriteLine($"run {run}: {(isSmall ? "a disk that gets full" : error)}");
            sum.Add(await ReplayAsync(name, isSmall));
            Directory.Delete(Path.Combine(workFolder, name), recursive: true);
        }

        return sum;
    }

    private async Task<Recording> RecordAsync(string name, string? error, int imageMebibytes)
    {
        var folder = Path.Combine(workFolder, name);
        Directory.CreateDirectory(folder);
        try
        {
            await new Recorder(folder, diskProgram, fileSystem, seed, Commits)
            {
                Durability = durability,
                Error = error,
                ImageMebibytes = imageMebibytes + BallastMebibytes,
                BallastMebibytes = BallastMebibytes,
                Rounds = 1,
            }.RunAsync();
        }
        catch (LoadException failure) when (name != "whole")
        {
            Console.WriteLine(failure.Message);
        }

        return Recording.Load(Replayer.RecordingPath(folder));
    }

    private Task<Report> ReplayAsync(string name, bool isFull) =>
        new Replayer(Path.Combine(workFolder, name), diskProgram, fileSystem, seed)
        {
            Durability = durability,
            IsFull = isFull,
        }.RunAsync(PointsPerRun, single: null);
}
