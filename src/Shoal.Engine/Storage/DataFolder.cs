using System.Globalization;
using Shoal.Protocol;
using Shoal.Sqlite;
using Shoal.Sqlite.Connections;
using Shoal.Sqlite.Vfs;

namespace Shoal.Engine.Storage;

/// <summary>The files of a data folder: where they are, who may use them, and how they come and go durably.</summary>
/// <remarks>
/// Shape: <c>FORMAT</c> (version), <c>DURABILITY</c> (mode), <c>SEGMENT</c> (newest segment of the log), <c>LOCK</c> and
/// <c>PROCESS</c> (who has it open), <c>README</c>, <c>catalog.sqlite</c>, <c>log/</c>,
/// <c>history/</c>, <c>db/ab/cd/&lt;uuid&gt;.sqlite</c>,
/// <c>tmp/</c> (emptied at start). Usage is the database with id 1. Owns: the lock, until disposed.
/// </remarks>
internal sealed class DataFolder : IDisposable
{
    /// <summary>Name of the file that says that a restore from a history store is under way.</summary>
    public const string RestoreName = "RESTORE";

    /// <summary>The format this program writes.</summary>
    public const int FormatVersion = 1;

    private const string Readme =
        """
        This folder belongs to a Shoal server.

        Do not copy, edit or delete single files while a server runs, and do not open a database file with another
        program: a file alone may be stale or incomplete. To get a database out, use

            shoal db export NAME --output NAME.sqlite

        """;

    private readonly FolderLock _lock;

    private DataFolder(string root, FolderLock folderLock)
    {
        Root = root;
        _lock = folderLock;
    }

    /// <summary>Absolute path of the folder.</summary>
    public string Root { get; }

    /// <summary>The catalog's file.</summary>
    public string CatalogPath => Path.Combine(Root, "catalog.sqlite");

    /// <summary>The commit log's segments.</summary>
    public string LogPath => Path.Combine(Root, "log");

    /// <summary>Says which segment of the log was begun last.</summary>
    public string NewestSegmentPath => Path.Combine(Root, "SEGMENT");

    /// <summary>History packs and their manifest.</summary>
    public string HistoryPath => Path.Combine(Root, "history");

    /// <summary>Where the files of databases are.</summary>
    public string DatabasesPath => Path.Combine(Root, "db");

    /// <summary>Says that a restore from a history store is under way, and which.</summary>
    public string RestorePath => Path.Combine(Root, RestoreName);

    /// <summary>Scratch files; nothing in it survives a restart.</summary>
    public string TemporaryPath => Path.Combine(Root, "tmp");

    /// <summary>Opens a folder for this process alone, creating it when missing.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="isRestore">Whether it is being made from a history store, and nobody else may use it before that is done.</param>
    /// <exception cref="EngineException">It is in use, of a newer version, or the file system refuses.</exception>
    public static DataFolder Open(string path, bool isRestore = false)
    {
        var root = Path.GetFullPath(path);
        try
        {
            CreateDirectory(root);
            var folderLock = FolderLock.Take(root);
            try
            {
                var folder = new DataFolder(root, folderLock);
                folder.CheckFormat();
                if (!isRestore)
                {
                    folder.CheckComplete();
                }

                CreateDirectory(folder.DatabasesPath);
                CreateDirectory(folder.LogPath);
                if (Directory.Exists(folder.TemporaryPath))
                {
                    Directory.Delete(folder.TemporaryPath, recursive: true);
                }

                CreateDirectory(folder.TemporaryPath);
                return folder;
            }
            catch
            {
                folderLock.Dispose();
                throw;
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new EngineException(EngineErrorKind.StorageUnavailable,
                $"the data folder {root} can not be used: {error.Message}",
                "Choose another folder with --data, or fix its permissions.", innerException: error);
        }
    }

    /// <summary>Opens a folder to look at it: nothing in it changes, and no other process can open it meanwhile.</summary>
    /// <exception cref="EngineException">It is missing, in use, of a newer version, or the file system refuses.</exception>
    public static DataFolder OpenToRead(string path)
    {
        var root = Path.GetFullPath(path);
        if (!File.Exists(Path.Combine(root, "FORMAT")) && !File.Exists(Path.Combine(root, "catalog.sqlite")))
        {
            throw new EngineException(EngineErrorKind.InvalidArgument, $"{root} is no data folder of Shoal",
                "Give the folder that 'shoal serve --data' names; it holds the files FORMAT and catalog.sqlite.");
        }

        try
        {
            return new DataFolder(root, FolderLock.TakeToRead(root));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new EngineException(EngineErrorKind.StorageUnavailable,
                $"the data folder {root} can not be read: {error.Message}", "Fix its permissions.", innerException: error);
        }
    }

    /// <summary>Which mode wrote the folder last; the default for a new one.</summary>
    /// <exception cref="EngineException">The note of it is missing or damaged.</exception>
    public DurabilityMode Durability
    {
        get
        {
            if (!File.Exists(DurabilityPath))
            {
                if (File.Exists(NewestSegmentPath))
                {
                    throw new EngineException(EngineErrorKind.Corruption, $"the file {DurabilityPath} is missing",
                        "The folder has a commit log. If that was its mode, write the word Log into the file; if it was "
                        + "written in mode sqlite last, write Sqlite.");
                }

                // Folders from before there was a choice have a catalog and no such file.
                return File.Exists(CatalogPath) ? DurabilityMode.Sqlite : DurabilityMode.Log;
            }

            var text = File.ReadAllText(DurabilityPath).Trim();
            return text switch
            {
                nameof(DurabilityMode.Log) => DurabilityMode.Log,
                nameof(DurabilityMode.Sqlite) => DurabilityMode.Sqlite,
                _ => throw new EngineException(EngineErrorKind.Corruption,
                    $"the file {DurabilityPath} does not name a durability mode: '{text}'",
                    "It holds Log or Sqlite, the mode that the folder was written in last: Log if log/ has *.segment files that "
                    + "are not all empty, else Sqlite."),
            };
        }
    }

    private string DurabilityPath => Path.Combine(Root, "DURABILITY");

    /// <summary>Notes durably which mode writes the folder from now on.</summary>
    /// <exception cref="EngineException">The file system refused.</exception>
    public void SetDurability(DurabilityMode mode)
    {
        try
        {
            WriteDurably(Root, "DURABILITY", mode + "\n");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new EngineException(EngineErrorKind.StorageUnavailable,
                $"the durability mode of {Root} can not be written: {error.Message}",
                "Free disk space or fix the file system, then start again.", innerException: error);
        }
    }

    /// <summary>WAL files beside database files, the catalog's included.</summary>
    public IEnumerable<string> WalFiles() =>
        Directory.EnumerateFiles(Root, "catalog.sqlite-wal").Concat(
            Directory.EnumerateFiles(Path.Combine(Root, "db"), "*.sqlite-wal", SearchOption.AllDirectories));

    /// <summary>The file of a database.</summary>
    public string DatabasePath(DatabaseId id)
    {
        var text = id.ToString();
        return Path.Combine(Root, "db", text[..2], text[2..4], text + ".sqlite");
    }

    /// <summary>
    /// Whether a database file was created to its end. A stop in the middle leaves an empty file, or a journal by which SQLite
    /// takes back what is in it; it would then not be in WAL mode.
    /// </summary>
    public static bool IsCreated(string path) =>
        new FileInfo(path) is { Exists: true, Length: > 0 } && !File.Exists(path + "-journal");

    /// <summary>Creates an empty database file in WAL mode, durably.</summary>
    /// <exception cref="EngineException">The file system refused.</exception>
    public static void CreateDatabaseFile(DatabaseId id, string path)
    {
        try
        {
            var directory = Path.GetDirectoryName(path)!;
            CreateDirectory(directory);
            var status = SqliteConnection.Open(path, SqliteOpenMode.Create, out var connection);
            using (connection)
            {
                if (connection is null)
                {
                    throw SqlErrors(status, id);
                }

                connection.Execute("PRAGMA synchronous=FULL; PRAGMA page_size=4096; PRAGMA journal_mode=WAL");
            }

            DirectorySync.Flush(directory);
        }
        catch (SqliteException error)
        {
            throw SqlErrors(error.Status, id);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new EngineException(EngineErrorKind.StorageUnavailable,
                $"the database file can not be created: {error.Message}", "Free disk space, then try again.", id, error);
        }
    }

    /// <summary>Deletes a database file and what SQLite keeps beside it, durably. No error when there is none.</summary>
    /// <exception cref="EngineException">The file system refused.</exception>
    public static void DeleteDatabaseFile(DatabaseId id, string path)
    {
        var directory = Path.GetDirectoryName(path)!;
        if (!Directory.Exists(directory))
        {
            return;
        }

        try
        {
            foreach (var suffix in (ReadOnlySpan<string>)["-wal", "-shm", ""])
            {
                File.Delete(path + suffix);
            }

            DirectorySync.Flush(directory);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new EngineException(EngineErrorKind.StorageUnavailable,
                $"the database is deleted, but its file is not: {error.Message}",
                "Fix the file system; the file is deleted at the next start.", id, error);
        }
    }

    /// <summary>Gives the folder free for other processes.</summary>
    public void Dispose() => _lock.Dispose();

    private static EngineException SqlErrors(SqliteStatus status, DatabaseId id) =>
        Databases.SqlErrors.Storage(status, "the database file can not be created", id);

    /// <summary>Creates a folder and those above it, durably. No error when it exists.</summary>
    public static void CreateDirectory(string path)
    {
        if (Directory.Exists(path))
        {
            return;
        }

        var parent = Path.GetDirectoryName(path);
        if (parent is not null)
        {
            CreateDirectory(parent);
        }

        Directory.CreateDirectory(path);
        if (parent is not null)
        {
            DirectorySync.Flush(parent);
        }
    }

    /// <summary>Refuses a folder of a version this program does not know, and begins a new one.</summary>
    public void CheckFormat()
    {
        var path = Path.Combine(Root, "FORMAT");
        if (!File.Exists(path))
        {
            if (HasContent())
            {
                throw new EngineException(EngineErrorKind.Corruption, $"the file {path} is missing",
                    "Restore it from a backup; its content is the format's version, for example 1.");
            }

            WriteDurably(Root, "README", Readme);
            WriteDurably(Root, "FORMAT", FormatVersion.ToString(CultureInfo.InvariantCulture) + "\n");
            return;
        }

        var text = File.ReadAllText(path).Trim();
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var version) || version < 1)
        {
            throw new EngineException(EngineErrorKind.Corruption, $"the file {path} does not hold a version: '{text}'",
                "Restore it from a backup.");
        }

        if (version > FormatVersion)
        {
            throw new EngineException(EngineErrorKind.Corruption,
                $"the data folder {Root} has format {version}; this program knows {FormatVersion} and older",
                "Use the version of Shoal that wrote it, or a newer one. Nothing was changed.");
        }
    }

    /// <summary>Refuses a folder that has databases and no catalog: an empty one in its place would make all of them vanish.</summary>
    public void CheckComplete()
    {
        if (File.Exists(RestorePath))
        {
            throw new EngineException(EngineErrorKind.InvalidArgument, $"the restore into {Root} is not finished",
                "Run the same `shoal restore` again, which goes on where it was, or delete the folder.");
        }

        var catalog = new FileInfo(CatalogPath);
        if ((!catalog.Exists || catalog.Length == 0) && HasDatabases())
        {
            throw new EngineException(EngineErrorKind.Corruption,
                $"the catalog {CatalogPath} is {(catalog.Exists ? "empty" : "missing")}, and there are databases",
                "Restore the data folder from a backup; without its catalog nobody knows the names of its databases.");
        }
    }

    private bool HasContent() => File.Exists(CatalogPath) || File.Exists(NewestSegmentPath) || HasDatabases();

    private bool HasDatabases() => Directory.Exists(DatabasesPath)
        && Directory.EnumerateFiles(DatabasesPath, "*.sqlite", SearchOption.AllDirectories).Any();

    /// <summary>Writes a small file whole or not at all.</summary>
    public static void WriteDurably(string root, string name, string content)
    {
        var temporary = Path.Combine(root, name + ".new");
        using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write))
        {
            file.Write(System.Text.Encoding.UTF8.GetBytes(content));
            file.Flush(flushToDisk: true);
        }

        File.Move(temporary, Path.Combine(root, name), overwrite: true);
        DirectorySync.Flush(root);
    }
}
