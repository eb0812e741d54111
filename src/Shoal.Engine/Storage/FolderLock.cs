using System.Globalization;

namespace Shoal.Engine.Storage;

/// <summary>Keeps a data folder for one process, and tells others which one that is.</summary>
/// <remarks>
/// Shape: <c>LOCK</c> is held (flock) while the folder is open; <c>PROCESS</c> says by whom, as process id and machine, and
/// means nothing when the lock is free. Owns: the lock, until disposed.
/// </remarks>
internal sealed class FolderLock : IDisposable
{
    /// <summary>What Linux answers when a file is locked: EWOULDBLOCK.</summary>
    private const int WouldBlock = 11;

    private readonly FileStream? _file;
    private readonly string? _noticePath;

    private FolderLock(FileStream? file, string? noticePath)
    {
        _file = file;
        _noticePath = noticePath;
    }

    /// <summary>Takes the folder for this process.</summary>
    /// <exception cref="EngineException">Another process has it.</exception>
    public static FolderLock Take(string root)
    {
        var file = Open(root, FileMode.OpenOrCreate, FileAccess.ReadWrite);
        var notice = NoticePath(root);
        try
        {
            File.WriteAllText(notice,
                string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId} {Environment.MachineName}\n"));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The notice is a courtesy to others; a full disk must not keep the folder from being opened.
            notice = null;
        }

        return new FolderLock(file, notice);
    }

    /// <summary>Keeps others out while this process only reads: nothing in the folder changes.</summary>
    /// <exception cref="EngineException">Another process has it.</exception>
    public static FolderLock TakeToRead(string root) => File.Exists(LockPath(root))
        ? new FolderLock(Open(root, FileMode.Open, FileAccess.Read), null)
        : new FolderLock(null, null);

    /// <summary>Gives the folder free.</summary>
    public void Dispose()
    {
        if (_noticePath is not null)
        {
            try
            {
                File.Delete(_noticePath);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                // Left behind it means nothing: the lock goes all the same.
            }
        }

        _file?.Dispose();
    }

    private static string LockPath(string root) => Path.Combine(root, "LOCK");

    private static string NoticePath(string root) => Path.Combine(root, "PROCESS");

    private static FileStream Open(string root, FileMode mode, FileAccess access)
    {
        try
        {
            return new FileStream(LockPath(root), mode, access, FileShare.None);
        }
        catch (IOException error) when (error.HResult == WouldBlock)
        {
            throw new EngineException(EngineErrorKind.DataFolderInUse,
                $"the data folder {root} is in use by {Owner(root)}",
                "Stop the server that uses it, or talk to that server with --url instead of --data.",
                innerException: error);
        }
    }

    private static string Owner(string root)
    {
        const string Unknown = "another process";
        try
        {
            var words = File.Exists(NoticePath(root)) ? File.ReadAllText(NoticePath(root)).Split() : [];
            if (words is not [var process, var machine, ..]
                || !int.TryParse(process, NumberStyles.None, CultureInfo.InvariantCulture, out _))
            {
                return Unknown;
            }

            return machine != Environment.MachineName ? $"process {process} on the machine {machine}"
                : Directory.Exists($"/proc/{process}") ? $"process {process}"
                : Unknown;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return Unknown;
        }
    }
}
