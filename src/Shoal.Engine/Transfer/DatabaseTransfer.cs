using System.IO.Pipelines;
using Shoal.Engine.Databases;
using Shoal.Protocol.Csv;
using Shoal.Sqlite;
using Shoal.Sqlite.Connections;

namespace Shoal.Engine.Transfer;

/// <summary>Imports into and exports from one open database, each on a thread of its own.</summary>
/// <remarks>
/// An import holds the database's writer until it has committed or failed. An export reads from one snapshot on a
/// connection of its own; reads and writes go on.
/// </remarks>
internal sealed class DatabaseTransfer(Database database, EngineLimits limits)
{
    public async Task<ImportResult> ImportSqlAsync(
        Stream sql, IProgress<TransferProgress>? progress, CancellationToken cancellation)
    {
        database.Writer.CheckRoom();
        ImportResult result;
        using (var lease = await database.Writer.AcquireAsync(cancellation).ConfigureAwait(false))
        {
            result = await OwnThread.RunAsync(() =>
            {
                using var importer = new SqlImporter(database.Id, lease, sql, limits.RelaxedSql.SqlBytesMax, progress);
                return importer.Run(cancellation);
            }, CancellationToken.None).ConfigureAwait(false);
        }

        await database.Gate.WaitAsync().ConfigureAwait(false);
        return result;
    }

    public async Task<ImportResult> ImportCsvAsync(Stream csv, CsvImportOptions options,
        IProgress<TransferProgress>? progress, CancellationToken cancellation)
    {
        database.Writer.CheckRoom();
        ImportResult result;
        using (var lease = await database.Writer.AcquireAsync(cancellation).ConfigureAwait(false))
        {
            result = await OwnThread.RunAsync(() =>
            {
                try
                {
                    var reader = new CsvReader(csv, options.Delimiter);
                    return new CsvImporter(database.Id, lease, reader, options, progress).Run(cancellation);
                }
                catch (CsvException error)
                {
                    throw new EngineException(EngineErrorKind.InvalidArgument, error.Message, error.Hint, database.Id, error);
                }
            }, CancellationToken.None).ConfigureAwait(false);
        }

        await database.Gate.WaitAsync().ConfigureAwait(false);
        return result;
    }

    /// <summary>The file is dumped at one end of a pipe and imported at the other.</summary>
    public async Task<ImportResult> ImportSqliteAsync(
        string path, IProgress<TransferProgress>? progress, CancellationToken cancellation)
    {
        using var source = OpenForeign(path);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var pipe = new Pipe();
        var dump = OwnThread.RunAsync(() =>
        {
            Exception? failure = null;
            try
            {
                using var output = pipe.Writer.AsStream(leaveOpen: true);
                InSnapshot(source, () => new SqlDump(source, output, new ExportOptions(), null, stop.Token).Run());
            }
            catch (Exception error)
            {
                // Of any kind: the import at the other end holds the database's writer and must not wait for ever.
                failure = error is SqliteException sqlite
                    ? new EngineException(EngineErrorKind.InvalidArgument,
                        $"{Path.GetFileName(path)} is not a readable SQLite database: {sqlite.Message}",
                        "Check it with: sqlite3 FILE 'PRAGMA integrity_check'", database.Id, error)
                    : error;
            }

            pipe.Writer.Complete(failure);
        }, CancellationToken.None);
        try
        {
            using var input = pipe.Reader.AsStream();
            return await ImportSqlAsync(input, progress, cancellation).ConfigureAwait(false);
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await pipe.Reader.CompleteAsync().ConfigureAwait(false);
            await dump.ConfigureAwait(false);
        }
    }

    public Task ExportSqlAsync(Stream output, ExportOptions options, IProgress<TransferProgress>? progress,
        CancellationToken cancellation) => FromSnapshotAsync(
        source => new SqlDump(source, output, options, progress, cancellation).Run());

    public Task ExportCsvAsync(
        Stream output, string table, IProgress<TransferProgress>? progress, CancellationToken cancellation) =>
        FromSnapshotAsync(source => new CsvDump(source, output, table, progress, cancellation).Run());

    public Task ExportSqliteAsync(string path, IProgress<TransferProgress>? progress, CancellationToken cancellation)
    {
        if (File.Exists(path))
        {
            throw new EngineException(EngineErrorKind.InvalidArgument, $"the file {path} exists already",
                "Choose another name or delete it first.", database.Id);
        }

        return FromSnapshotAsync(source => Copy(source, path, progress, cancellation));
    }

    private static void InSnapshot(SqliteConnection source, Action work)
    {
        source.Execute("BEGIN");
        source.BeginRun(TimeSpan.FromDays(1), CancellationToken.None, SlowLane.OwnThread);
        try
        {
            work();
        }
        finally
        {
            source.EndRun();
            source.EndRead();
        }
    }

    private static void Copy(
        SqliteConnection source, string path, IProgress<TransferProgress>? progress, CancellationToken cancellation)
    {
        var partial = path + ".partial";
        File.Delete(partial);
        try
        {
            var status = SqliteConnection.Open(partial, SqliteOpenMode.Create, out var target);
            using (target)
            {
                if (target is null)
                {
                    throw new SqliteException(status, $"cannot create {partial}");
                }

                target.Execute("PRAGMA synchronous=OFF");
                status = source.BackupTo(target, (remaining, total) =>
                {
                    cancellation.ThrowIfCancellationRequested();
                    progress?.Report(new TransferProgress((long)(total - remaining) * 4096, total - remaining));
                });
                if (!status.IsSuccess)
                {
                    throw new SqliteException(status, target.ErrorMessage);
                }

                // The copy should be one plain file that any program can open.
                target.Execute("PRAGMA journal_mode=DELETE");
            }

            File.Move(partial, path);
        }
        finally
        {
            File.Delete(partial);
        }
    }

    private SqliteConnection OpenForeign(string path)
    {
        if (!File.Exists(path))
        {
            throw new EngineException(EngineErrorKind.InvalidArgument, $"there is no file {path}", hint: null,
                database.Id);
        }

        var status = SqliteConnection.Open(path, SqliteOpenMode.Read, out var source);
        return source ?? throw new EngineException(EngineErrorKind.InvalidArgument,
            $"{Path.GetFileName(path)} can not be opened as an SQLite database ({status})", hint: null, database.Id);
    }

    private Task FromSnapshotAsync(Action<SqliteConnection> work) => OwnThread.RunAsync(() =>
    {
        using var connection = DatabaseConnection.Open(
            database.Id, database.Path, limits, database.Durability, isWriter: false);
        try
        {
            InSnapshot(connection.Native, () =>
            {
                // The snapshot begins with the first read; nothing of it may leave before it is durable.
                _ = connection.Native.QueryInteger("SELECT count(*) FROM sqlite_schema");
                database.Gate.WaitAsync().AsTask().GetAwaiter().GetResult();
                work(connection.Native);
            });
        }
        catch (SqliteException error)
        {
            throw SqlErrors.Storage(error.Status, error.Message, database.Id);
        }
    }, CancellationToken.None);
}
