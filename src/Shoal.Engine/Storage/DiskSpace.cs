namespace Shoal.Engine.Storage;

/// <summary>Room on a disk.</summary>
/// <param name="FreeBytes">What this process may still use.</param>
/// <param name="TotalBytes">Size of the whole.</param>
internal readonly record struct DiskSpace(long FreeBytes, long TotalBytes)
{
    private const long ExhaustedBytes = 1024 * 1024;
    private const long MarkBytes = 256 * 1024 * 1024;

    /// <summary>The disk that a folder is on.</summary>
    /// <exception cref="IOException">The file system does not say.</exception>
    public static DiskSpace Of(string folder)
    {
        var drive = new DriveInfo(folder);
        return new DiskSpace(drive.AvailableFreeSpace, drive.TotalSize);
    }

    /// <summary>Whether so little is left on the disk of a file that a write to it may have failed for that.</summary>
    public static bool IsExhausted(string path)
    {
        try
        {
            return Of(Path.GetDirectoryName(path)!).FreeBytes < ExhaustedBytes;
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>Free space below which writes are refused: 256 MiB, on a small disk a tenth of it.</summary>
    public static long DefaultMark(long totalBytes) => Math.Min(MarkBytes, totalBytes / 10);
}
