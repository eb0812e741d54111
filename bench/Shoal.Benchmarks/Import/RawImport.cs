using Shoal.Sqlite;
using Shoal.Sqlite.Connections;

namespace Shoal.Benchmarks.Import;

/// <summary>The limit: one prepared INSERT in one transaction on a plain connection of the same library.</summary>
internal static class RawImport
{
    /// <summary>Imports into a new file, as durably as the engine does, and gives the number of rows that are there.</summary>
    /// <param name="path">A file that does not exist.</param>
    /// <param name="input">The rows.</param>
    /// <param name="started">Called when the file and the table are there.</param>
    /// <param name="committed">Called when the commit is durable.</param>
    public static long Run(string path, ImportInput input, Action started, Action committed)
    {
        var status = SqliteConnection.Open(path, SqliteOpenMode.Create, out var connection);
        using (connection)
        {
            if (connection is null)
            {
                throw new SqliteException(status, $"cannot create {path}");
            }

            connection.Execute("PRAGMA page_size=4096; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; "
                + "PRAGMA wal_autocheckpoint=0");
            connection.Execute(ImportInput.Schema);
            started();
            connection.Execute("BEGIN IMMEDIATE");
            using (var insert = connection.Prepare("INSERT INTO items (id, name, score) VALUES (?, ?, ?)"))
            {
                for (var index = 0; index < input.RowCount; index++)
                {
                    insert.BindInteger(1, index + 1);
                    insert.BindText(2, input.Names[index]);
                    insert.BindReal(3, ImportInput.Score(index));
                    var step = insert.Step();
                    if (!step.IsSuccess)
                    {
                        throw new SqliteException(step, connection.ErrorMessage);
                    }

                    insert.Reset();
                }
            }

            connection.Execute("COMMIT");
            committed();
            return connection.QueryInteger("SELECT count(*) FROM items");
        }
    }
}
