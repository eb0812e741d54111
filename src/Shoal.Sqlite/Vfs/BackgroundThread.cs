using System.Runtime.InteropServices;

namespace Shoal.Sqlite.Vfs;

/// <summary>Priorities of threads, which .NET leaves alone on Linux.</summary>
public static partial class BackgroundThread
{
    private const int OfThread = 0;

    /// <summary>Lets others go first; there is no way back without privileges. Does nothing where it is not possible.</summary>
    /// <param name="nice">From 0, as all others, to 19, only when nobody else wants to run.</param>
    public static void SetNice(int nice)
    {
        if (OperatingSystem.IsLinux())
        {
            // On Linux a thread, named by 0 for the caller, has a nice value of its own.
            _ = setpriority(OfThread, 0, nice);
        }
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int setpriority(int which, uint who, int priority);
}
