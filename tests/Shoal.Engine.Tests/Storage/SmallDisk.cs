using System.Diagnostics;

namespace Shoal.Engine.Tests.Storage;

/// <summary>A disk of a few MiB in memory, which root can mount; others skip the test.</summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly TempFolder _folder = new();
    private bool _mounted;

    public string Root => _folder.Root;

    public static SmallDisk Mount(int mebibytes)
    {
        var disk = new SmallDisk();
        disk._mounted = Environment.UserName == "root"
            && Run("mount", "-t", "tmpfs", "-o", $"size={mebibytes}m", "tmpfs", disk.Root);
        if (!disk._mounted)
        {
            disk.Dispose();
            Assert.Skip("mounting a tmpfs needs root");
        }

        return disk;
    }

    /// <summary>Leaves so many bytes free; the file that takes the rest is given back for deletion.</summary>
    public string Fill(long leave)
    {
        var path = _folder.Combine("ballast");
        using var file = File.Create(path);
        var block = new byte[4096];
        while (new DriveInfo(Root).AvailableFreeSpace > leave)
        {
            file.Write(block);
            file.Flush();
        }

        return path;
    }

    public void MakeReadOnly() => Assert.True(Run("mount", "-o", "remount,ro", Root));

    public void Dispose()
    {
        if (_mounted)
        {
            Run("umount", Root);
        }

        _folder.Dispose();
    }

    private static bool Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        _ = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}
