using Shoal.Engine.Databases;
using Shoal.Engine.Log;
using Shoal.Engine.Storage;
using Shoal.Protocol;
using Shoal.Sqlite;
using Shoal.Sqlite.Connections;

namespace Shoal.Engine.Doctor;

/// <summary>A database as it will be after recovery, open for reading, without a change to the data folder.</summary>
/// <remarks>
/// A file that lacks nothing is read in place. Otherwise a copy is made and brought up to date by the code that recovery runs.
/// Owns: the connection and the copy, until disposed. Cost: the size of the file in the temporary folder, for copies.
/// </remarks>
internal sealed class RecoveredImage : IDisposable
{
    /// <summary>What must stay free where copies are made. Units: bytes.</summary>
    private const long SpareBytes = 64 * 1024 * 1024;

    private readonly string? _copy;

    private RecoveredImage(SqliteConnection connection, string? copy)
    {
        Connection = connection;
        _copy = copy;
    }

    public SqliteConnection Connection { get; }

    /// <summary>Opens a database.</summary>
    /// <param name="id">The database.</param>
    /// <param name="path">Its file.</param>
    /// <param name="redo">What the log holds for it; null for nothing.</param>
    /// <param name="durability">Whether a WAL beside the file counts.</param>
    /// <param name="temporaryFolder">Where a copy goes; it exists.</param>
    /// <exception cref="EngineException">It can not be read, or there is no room for a copy.</exception>
    public static RecoveredImage Open(DatabaseId id, string path, IReadOnlyList<RedoRecord>? redo,
        DurabilityMode durability, string temporaryFolder)
    {
        var wal = new FileInfo(path + "-wal");
        var hasWal = durability == DurabilityMode.Sqlite && wal is { Exists: true, Length: > 0 };
        if (redo is null && !hasWal)
        {
            return new RecoveredImage(Connect(id, path, SqliteOpenMode.Immutable), copy: null);
        }

        var copy = Path.Combine(temporaryFolder, id + ".sqlite");
        CheckRoom(id, temporaryFolder,
            new FileInfo(path).Length + (hasWal ? wal.Length : redo!.Sum(static record => (long)record.Header.LengthBytes)));
        try
        {
            File.Copy(path, copy, overwrite: true);
            if (hasWal)
            {
                File.Copy(wal.FullName, copy + "-wal", overwrite: true);
            }
            else
            {
                DatabaseRedo.Apply(id, copy, redo!);
            }

            return new RecoveredImage(
                Connect(id, copy, hasWal ? SqliteOpenMode.ReadWrite : SqliteOpenMode.Immutable), copy);
        }
        catch
        {
            Delete(copy);
            throw;
        }
    }

    /// <summary>What SQLite's <c>integrity_check</c> has to say; empty when all is well.</summary>
    /// <param name="linesMax">More lines are not asked for.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public IReadOnlyList<string> Check(int linesMax, CancellationToken cancellation)
    {
        var lines = new List<string>();
        Connection.BeginRun(TimeSpan.FromDays(30), cancellation);
        try
        {
            foreach (var line in ReadText($"PRAGMA integrity_check({linesMax})"))
            {
                lines.Add(line);
            }
        }
        catch (SqliteException) when (Connection.InterruptReason == InterruptReason.Cancelled)
        {
            throw new OperationCanceledException(cancellation);
        }
        catch (SqliteException error)
        {
            lines.Add($"{error.Message} ({error.Status})");
        }
        finally
        {
            Connection.EndRun();
        }

        return lines is ["ok"] ? [] : lines;
    }

    /// <summary>The first column of every row.</summary>
    /// <exception cref="SqliteException">The statement failed.</exception>
    public IEnumerable<string> ReadText(string sql)
    {
        using var statement = Connection.Prepare(sql);
        while (true)
        {
            var status = statement.Step();
            if (!status.IsSuccess)
            {
                throw new SqliteException(status, Connection.ErrorMessage);
            }

            if (status.Code == SqliteStatus.Done)
            {
                yield break;
            }

            yield return System.Text.Encoding.UTF8.GetString(statement.Row(1).Text(0));
        }
    }

    public void Dispose()
    {
        Connection.Dispose();
        if (_copy is not null)
        {
            Delete(_copy);
        }
    }

    private static SqliteConnection Connect(DatabaseId id, string path, SqliteOpenMode mode)
    {
        var status = SqliteConnection.Open(path, mode, out var connection);
        if (connection is null)
        {
            throw SqlErrors.Storage(status, $"{path} can not be opened", id);
        }

        try
        {
            connection.EnableDefensiveMode();
            connection.Execute("PRAGMA temp_store=FILE");
            return connection;
        }
        catch (SqliteException error)
        {
            connection.Dispose();
            throw SqlErrors.Storage(error.Status, error.Message, id);
        }
    }

    private static void CheckRoom(DatabaseId id, string folder, long bytes)
    {
        var free = DiskSpace.Of(folder).FreeBytes;
        if (free < bytes + SpareBytes)
        {
            throw new EngineException(EngineErrorKind.StorageUnavailable,
                $"the content of database {id} was not checked: {folder} has {free} bytes free, a copy needs {bytes}",
                "Name a folder with more room with --temp.", id);
        }
    }

    private static void Delete(string copy)
    {
        foreach (var suffix in (ReadOnlySpan<string>)["-wal", "-shm", "-journal", ""])
        {
            File.Delete(copy + suffix);
        }
    }
}
