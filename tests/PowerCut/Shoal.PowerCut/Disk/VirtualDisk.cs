using System.Diagnostics;

namespace Shoal.PowerCut.Disk;

/// <summary>A running <c>disk</c> program: the disk that records, or that replays a cut.</summary>
internal sealed class VirtualDisk : IAsyncDisposable
{
    /// <summary>At least two minutes.</summary>
    private const int AttemptsMax = 12_000;

    private readonly Process _process;
    private readonly string _folder;

    private VirtualDisk(Process process, string folder)
    {
        _process = process;
        _folder = folder;
    }

    public string Image => Path.Combine(_folder, "disk");

    public string Marks => Path.Combine(_folder, "mark");

    public static async Task<VirtualDisk> StartAsync(
        string program, string mode, string baseImage, string recording, string folder)
    {
        Directory.CreateDirectory(folder);
        var process = Process.Start(program, [mode, baseImage, recording, folder]);
        var disk = new VirtualDisk(process, folder);
        for (var attempt = 0; !File.Exists(disk.Image); attempt++)
        {
            if (process.HasExited || attempt == AttemptsMax)
            {
                throw new IOException($"{program} does not start; is /dev/fuse usable?");
            }

            await Task.Delay(10);
        }

        return disk;
    }

    public void Command(string text) => File.WriteAllText(Path.Combine(_folder, "control"), text + "\n");

    /// <summary>Unmounts it, upon which the program completes the recording and ends.</summary>
    public async ValueTask DisposeAsync()
    {
        LoopMount.Unmount(_folder);
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
