using System.Runtime.InteropServices;

namespace Shoal.PowerCut.Disk;

/// <summary>The system calls that .NET has no words for.</summary>
internal static class NativeMethods
{
    [DllImport("libc", SetLastError = true, EntryPoint = "mount")]
    public static extern int Mount(
        [MarshalAs(UnmanagedType.LPUTF8Str)] string source,
        [MarshalAs(UnmanagedType.LPUTF8Str)] string target,
        [MarshalAs(UnmanagedType.LPUTF8Str)] string type,
        ulong flags,
        [MarshalAs(UnmanagedType.LPUTF8Str)] string options);

    [DllImport("libc", SetLastError = true, EntryPoint = "umount2")]
    public static extern int Unmount([MarshalAs(UnmanagedType.LPUTF8Str)] string target, int flags);

    [DllImport("libc", SetLastError = true, EntryPoint = "ioctl")]
    public static extern int Control(int file, ulong request, byte[]? argument);

    [DllImport("libc", SetLastError = true, EntryPoint = "open")]
    public static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", SetLastError = true, EntryPoint = "sync_file_range")]
    public static extern int SyncFileRange(int file, long offset, long count, uint flags);

    [DllImport("libc", SetLastError = true, EntryPoint = "kill")]
    public static extern int Signal(int process, int signal);
}
