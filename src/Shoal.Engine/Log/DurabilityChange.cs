using Shoal.Engine.Catalog;
using Shoal.Engine.Databases;
using Shoal.Engine.Storage;
using Shoal.Protocol;
using Shoal.Sqlite;
using Shoal.Sqlite.Connections;
using Shoal.Sqlite.Vfs;
using Shoal.Sqlite.Wal;

namespace Shoal.Engine.Log;

/// <summary>Takes a data folder from one durability mode to the other.</summary>
/// <remarks>
/// The modes disagree on what a WAL found at start means: the truth for one, a leftover for the other. The folder therefore
/// says which mode wrote it last, and before the mode changes all WALs are dealt with by the rules of the old one.
/// </remarks>
internal static class DurabilityChange
{
    /// <summary>Brings the folder into a mode, if it is not in it.</summary>
    public static async Task PrepareAsync(
        DataFolder folder, DurabilityMode durability, EngineOptions options, EngineMetrics metrics)
    {
        if (folder.Durability == durability)
        {
            return;
        }

        if (folder.Durability == DurabilityMode.Sqlite)
        {
            CheckpointEverything(folder);
        }
        else
        {
            await RedoEverythingAsync(folder, options, metrics).ConfigureAwait(false);
        }

        folder.SetDurability(durability);
    }

    /// <summary>Each WAL holds commits that were acknowledged: they go into the files.</summary>
    private static void CheckpointEverything(DataFolder folder)
    {
        foreach (var wal in folder.WalFiles())
        {
            var path = wal[..^"-wal".Length];
            var status = SqliteConnection.Open(path, SqliteOpenMode.ReadWrite, out var connection);
            using (connection)
            {
                if (connection is null)
                {
                    throw SqlErrors.Storage(status, $"cannot open {path}", DatabaseCatalog.Id);
                }

                try
                {
                    connection.Execute("PRAGMA synchronous=FULL");
                    _ = connection.QueryInteger("SELECT count(*) FROM sqlite_schema");
                    status = connection.Checkpoint(CheckpointMode.Truncate).Status;
                }
                catch (SqliteException error)
                {
                    status = error.Status;
                }

                if (!status.IsSuccess)
                {
                    throw SqlErrors.Storage(status, $"cannot checkpoint {path}", DatabaseCatalog.Id);
                }
            }
        }
    }

    /// <summary>Each file may lack commits that only the log holds, and each WAL is a leftover.</summary>
    private static async Task RedoEverythingAsync(DataFolder folder, EngineOptions options, EngineMetrics metrics)
    {
        using var store = DurableStore.Open(folder, options, metrics);
        foreach (var wal in folder.WalFiles())
        {
            DatabaseRedo.DiscardWal(wal[..^"-wal".Length]);
        }

        foreach (var id in store.Unrecovered)
        {
            var path = id == DatabaseCatalog.Id ? folder.CatalogPath : folder.DatabasePath(id);
            if (File.Exists(path))
            {
                store.BeforeOpen(id, path);
            }
        }

        store.Log.FlushFileSystem();
        var end = store.Log.End;
        await store.Log.WaitDurableAsync(store.Log.AppendCheckpoint(end, store.NumberOf(DatabaseCatalog.Id))).ConfigureAwait(false);
        store.Log.Release(end);
    }
}
