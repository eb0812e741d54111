using System.Diagnostics;
using Shoal.Engine.Databases;
using Shoal.Engine.Storage;
using Shoal.Protocol;
using Shoal.Sqlite.Vfs;

namespace Shoal.Engine.History;

/// <summary>A file in the scratch folder that a database is put together in.</summary>
/// <remarks>Owns: the file, and what SQLite leaves beside it, until disposed or moved.</remarks>
internal sealed class RestoredFile(string folder) : IDisposable
{
    public string Path { get; } = System.IO.Path.Combine(folder, $"restore-{DatabaseId.NewRandom()}.sqlite");

    /// <summary>Removes what an attempt has left.</summary>
    public void Clear()
    {
        foreach (var suffix in (ReadOnlySpan<string>)["", "-journal", "-wal", "-shm"])
        {
            File.Delete(Path + suffix);
        }
    }

    /// <summary>
    /// Makes a database that was written with another journal one with a WAL, as those of the engine are, and flushes it. Source:
    /// https://www.sqlite.org/fileformat2.html, "file format version numbers".
    /// </summary>
    public void UseWal()
    {
        const int VersionsOffset = 18;
        using var file = File.OpenHandle(Path, FileMode.Open, FileAccess.Write);
        RandomAccess.Write(file, [2, 2], VersionsOffset);
        RandomAccess.FlushToDisk(file);
    }

    /// <summary>Makes it the file of a database, durably.</summary>
    /// <param name="pathOf">Where the file of a database is.</param>
    public Action<DatabaseId> MoveTo(Func<DatabaseId, string> pathOf) => id =>
    {
        var path = pathOf(id);
        DataFolder.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        try
        {
            File.Move(Path, path, overwrite: false);
            DirectorySync.Flush(System.IO.Path.GetDirectoryName(path)!);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new EngineException(EngineErrorKind.StorageUnavailable,
                $"the database file can not be created: {error.Message}", "Free disk space, then try again.", id, error);
        }
    };

    public void Dispose()
    {
        try
        {
            // To give its space back takes up to a tenth of a millisecond per MiB: nobody is to wait for that.
            var file = File.Exists(Path)
                ? File.OpenHandle(Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete)
                : null;
            Clear();
            if (file is not null)
            {
                _ = OwnThread.RunAsync(file.Dispose, CancellationToken.None);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // What has gone wrong before must not be hidden by this: the scratch folder is emptied at the next start.
            Debug.WriteLine(error.Message);
        }
    }
}
