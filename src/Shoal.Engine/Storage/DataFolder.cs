using System.Globalization;
using Shoal.Protocol;
using Shoal.Sqlite;
using Shoal.Sqlite.Connections;
using Shoal.Sqlite.Vfs;

namespace Shoal.Engine.Storage;

/// <summary>The files of a data folder: where they are, who may use them, and how they come and go durably.</summary>
/// <remarks>
/// Shape: <c>FORMAT</c> (version), <c>DURABILITY</c> (mode), <c>LOCK</c> (held while open), <c>README</c>, <c>catalog.sqlite</c>,
/// <c>log/</c>, <c>db/ab/cd/&lt;uuid&gt;.sqlite</c>, <c>tmp/</c> (emptied at start). Owns: the lock, until disposed.
/// </remarks>
internal sealed class DataFolder : IDisposable
{
    private const int FormatVersion = 1;

    private const string Readme =
        """
        This folder belongs to a Shoal server.

        Do not copy, edit or delete single files while a server runs, and do not open a database file with another
        program: a file alone may be stale or incomplete. To get a database out, use

            shoal db export NAME --output NAME.sqlite

        """;

    private readonly FileStream _lock;

    private DataFolder(string root, FileStream lockFile)
    {
        Root = root;
        _lock = lockFile;
    }

    /// <summary>Absolute path of the folder.</summary>
    public string Root { get; }

    /// <summary>The catalog's file.</summary>
    public string CatalogPath => Path.Combine(Root, "catalog.sqlite");

    /// <summary>The commit log's segments.</summary>
    public string LogPath => Path.Combine(Root, "log");

    /// <summary>Scratch files; nothing in it survives a restart.</summary>
    public string TemporaryPath => Path.Combine(Root, "tmp");

    /// <summary>Opens a folder for this process alone, creating it when missing.</summary>
    /// <exception cref="EngineException">It is in use, of a newer version, or the file system refuses.</exception>
    public static DataFolder Open(string path)
    {
        var root = Path.GetFullPath(path);
        try
        {
            CreateDirectory(root);
            var lockFile = Lock(root);
            try
            {
                CheckFormat(root);
                var folder = new DataFolder(root, lockFile);
                CreateDirectory(Path.Combine(root, "db"));
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
                lockFile.Dispose();
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

    /// <summary>Which mode wrote the folder last; the default for a new one.</summary>
    /// <exception cref="EngineException">The file that says so holds something else.</exception>
    public DurabilityMode Durability
    {
        get
        {
            if (!File.Exists(DurabilityPath))
            {
                // Folders from before there was a choice have a catalog and no such file.
                return File.Exists(CatalogPath) ? DurabilityMode.Sqlite : DurabilityMode.Log;
            }

            var text = File.ReadAllText(DurabilityPath).Trim();
            return Enum.TryParse<DurabilityMode>(text, out var mode) && Enum.IsDefined(mode)
                ? mode
                : throw new EngineException(EngineErrorKind.Corruption,
                    $"the file {DurabilityPath} does not name a durability mode: '{text}'",
                    "Write Log into it if the folder log/ has *.segment files that are not all empty, else Sqlite.");
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

    private static void CreateDirectory(string path)
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

    private static FileStream Lock(string root)
    {
        try
        {
            return new FileStream(
                Path.Combine(root, "LOCK"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException error) when (error is not DirectoryNotFoundException and not FileNotFoundException)
        {
            throw new EngineException(EngineErrorKind.DataFolderInUse,
                $"the data folder {root} is in use by another process",
                "Stop the server that uses it, or talk to that server with --url instead of --data.",
                innerException: error);
        }
    }

    private static void CheckFormat(string root)
    {
        var path = Path.Combine(root, "FORMAT");
        if (!File.Exists(path))
        {
            if (File.Exists(Path.Combine(root, "catalog.sqlite")))
            {
                throw new EngineException(EngineErrorKind.Corruption, $"the file {path} is missing",
                    "Restore it from a backup; its content is the format's version, for example 1.");
            }

            WriteDurably(root, "README", Readme);
            WriteDurably(root, "FORMAT", FormatVersion.ToString(CultureInfo.InvariantCulture) + "\n");
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
                $"the data folder {root} has format {version}; this program knows {FormatVersion} and older",
                "Use the newer version of Shoal that wrote it.");
        }
    }

    private static void WriteDurably(string root, string name, string content)
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
