using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Shoal.Sqlite.Vfs;

/// <summary>Flushes that .NET has no call for.</summary>
public static partial class FileSync
{
    /// <summary>Flushes a file's content, and of its metadata only what reading it back needs (<c>fdatasync</c>).</summary>
    /// <exception cref="IOException">The device refused; what was written before may be lost.</exception>
    public static void Data(SafeFileHandle file)
    {
        if (fdatasync(file) != 0)
        {
            throw Failure("fdatasync");
        }
    }

    /// <summary>Flushes everything that was written to the file system of an open file (<c>syncfs</c>).</summary>
    /// <exception cref="IOException">The device refused; what was written before may be lost.</exception>
    public static void FileSystem(SafeFileHandle anyFile)
    {
        if (syncfs(anyFile) != 0)
        {
            throw Failure("syncfs");
        }
    }

    private static IOException Failure(string call)
    {
        var error = Marshal.GetLastPInvokeError();
        return new IOException($"{call} failed: {new Win32Exception(error).Message}", error);
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fdatasync(SafeFileHandle descriptor);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int syncfs(SafeFileHandle descriptor);
}
