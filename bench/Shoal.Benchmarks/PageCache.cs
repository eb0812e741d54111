using System.Diagnostics;

namespace Shoal.Benchmarks;

/// <summary>What the kernel keeps of files in memory.</summary>
internal static class PageCache
{
    /// <summary>Smaller files are read with one request either way. Units: bytes.</summary>
    private const int SmallBytes = 64 * 1024;

    /// <summary>Writes what is to be written to the disk, and lets go of all larger files of a folder.</summary>
    public static void PushOut(string folder)
    {
        Settle();
        foreach (var file in new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories))
        {
            if (file.Exists && file.Length > SmallBytes)
            {
                using var process = Process.Start(new ProcessStartInfo("dd", [$"if={file.FullName}", "iflag=nocache", "count=0", "status=none"]))!;
                process.WaitForExit();
            }
        }
    }

    /// <summary>Writes what is to be written to the disk, so that nobody pays for it who comes after.</summary>
    public static void Settle()
    {
        using var sync = Process.Start("sync");
        sync.WaitForExit();
    }
}
