using System.Buffers.Binary;
using Shoal.Engine.Databases;
using Shoal.Engine.Log;
using Shoal.Protocol;

namespace Shoal.Engine.History;

/// <summary>Writes all pages of a database, as of one commit, into a pack.</summary>
/// <remarks>
/// The writer is held only for as long as a reader needs to begin: requests go on while pages are copied from its snapshot.
/// </remarks>
internal sealed class SnapshotWriter(DatabaseHost host, DurableStore store, uint epoch)
{
    private const int PagesPerPart = 255;

    /// <summary>Adds a snapshot of a database. What it holds is durable when the task completes.</summary>
    /// <exception cref="EngineException">The database can not be read.</exception>
    /// <exception cref="IOException">The pack can not be written.</exception>
    public async Task WriteAsync(DatabaseId id, PackWriter pack)
    {
        var database = await host.AcquireAsync(id, CancellationToken.None).ConfigureAwait(false);
        try
        {
            var lease = await database.Writer.AcquireAsync(CancellationToken.None).ConfigureAwait(false);
            try
            {
                // The number must be durable before a pack claims it: after a crash it would be another commit's. Reading waits
                // for that at its end.
                _ = await database.ReadAsync(
                    connection =>
                    {
                        var native = connection.Native;
                        native.Execute("BEGIN");
                        try
                        {
                            _ = native.QueryInteger("SELECT count(*) FROM sqlite_schema");
                            var number = store.NumberOf(id);
                            var time = store.Log.LastTime;
                            lease.Dispose();
                            Copy(connection, number, time, pack, id);
                            return true;
                        }
                        finally
                        {
                            native.EndRead();
                        }
                    },
                    CancellationToken.None).ConfigureAwait(false);
            }
            finally
            {
                lease.Dispose();
            }
        }
        finally
        {
            host.Release(database);
        }
    }

    private void Copy(DatabaseConnection connection, ulong number, long time, PackWriter pack, DatabaseId id)
    {
        var size = connection.Native.GetSize();
        var pageBytes = (int)size.PageBytes;
        var body = new byte[LogRecordHeader.TableBytes(PagesPerPart) + PagesPerPart * pageBytes];
        pack.Begin(id, PackEntryKind.Snapshot, epoch);
        using var pages = connection.Native.Prepare("SELECT data FROM sqlite_dbpage ORDER BY pgno");
        for (uint page = 1; page <= size.PageCount;)
        {
            var count = (int)Math.Min(PagesPerPart, size.PageCount - page + 1);
            var table = LogRecordHeader.TableBytes(count);
            body.AsSpan(0, table).Clear();
            for (var index = 0; index < count; index++, page++)
            {
                var status = pages.Step();
                if (status.Code != Sqlite.SqliteStatus.Row)
                {
                    throw new Sqlite.SqliteException(status, "the database has fewer pages than it says");
                }

                BinaryPrimitives.WriteUInt32LittleEndian(body.AsSpan(index * sizeof(uint)), page);
                pages.Row(1).Blob(0).CopyTo(body.AsSpan(table + index * pageBytes, pageBytes));
            }

            var part = new PackPart(number, number, time, size.PageCount, size.PageBytes, (uint)count, page <= size.PageCount);
            pack.Add(part, body.AsSpan(0, part.BodyBytes));
        }

        pages.Reset();
        pack.End();
    }
}
