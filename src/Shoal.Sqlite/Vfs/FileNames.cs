using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Shoal.Sqlite.Vfs;

/// <summary>Gives files names that nobody else has.</summary>
public static partial class FileNames
{
    private const int CurrentFolder = -100;
    private const uint NoReplace = 1;
    private const int Exists = 17;
    private const int Invalid = 22;
    private const int NoSuchCall = 38;

    /// <summary>
    /// Renames a file unless the new name is taken. Of many who try at the same time, on one machine or on several that share a
    /// file system, one succeeds; <see cref="File.Move(string, string, bool)"/> does not promise that.
    /// </summary>
    /// <remarks>Source: renameat2(2), <c>RENAME_NOREPLACE</c>; link(2) where the file system, such as NFS, does not know it.</remarks>
    /// <returns>False when the name is taken; then nothing has changed.</returns>
    /// <exception cref="IOException">The file system refused.</exception>
    public static bool TryRename(string path, string newPath)
    {
        if (renameat2(CurrentFolder, path, CurrentFolder, newPath, NoReplace) == 0)
        {
            return true;
        }

        var error = Marshal.GetLastPInvokeError();
        if (error is Invalid or NoSuchCall)
        {
            if (link(path, newPath) == 0)
            {
                File.Delete(path);
                return true;
            }

            error = Marshal.GetLastPInvokeError();
        }

        return error == Exists ? false
            : throw new IOException($"{newPath} can not be given its name: {new Win32Exception(error).Message}", error);
    }

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int renameat2(int folder, string path, int newFolder, string newPath, uint flags);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int link(string path, string newPath);
}
