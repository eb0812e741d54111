using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Shoal.Sqlite.Vfs;

/// <summary>Makes the creation, renaming and deletion of files in a directory durable.</summary>
/// <remarks>The one helper for it: after a power cut a new file whose directory was not synced may be gone.</remarks>
public static partial class DirectorySync
{
    private const int OpenDirectoryFlags = 0x10000 | 0x80000;

#if SHOAL_FAULTS
    // One of the ways to break the rules on purpose; Shoal.Engine's Faults has the others.
    private static readonly bool IsBroken = Environment.GetEnvironmentVariable("SHOAL_FAULT") == "no-directory-sync";
#else
    private static bool IsBroken => false;
#endif

    /// <summary>Flushes a directory's entries to disk.</summary>
    /// <exception cref="IOException">The file system refused.</exception>
    public static void Flush(string path)
    {
        if (IsBroken)
        {
            return;
        }

        var descriptor = open(path, OperatingSystem.IsLinux() ? OpenFlags : 0);
        if (descriptor < 0)
        {
            throw Failure("open", path);
        }

        var result = fsync(descriptor);
        var error = Marshal.GetLastPInvokeError();
        _ = close(descriptor);
        if (result != 0)
        {
            throw new IOException($"fsync of directory {path} failed: {new Win32Exception(error).Message}");
        }
    }

    // O_DIRECTORY differs between x86 and ARM; O_CLOEXEC does not.
    private static int OpenFlags => RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm
        ? 0x4000 | 0x80000
        : OpenDirectoryFlags;

    private static IOException Failure(string call, string path) =>
        new($"{call} of directory {path} failed: {new Win32Exception(Marshal.GetLastPInvokeError()).Message}");

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fsync(int descriptor);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int close(int descriptor);
}
