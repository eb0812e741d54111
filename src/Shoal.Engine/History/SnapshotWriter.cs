using System.Buffers.Binary;
using Shoal.Engine.Databases;
using Shoal.Engine.Log;
using Shoal.Protocol;
using Shoal.Sqlite;
using Shoal.Sqlite.Connections;
using Shoal.Sqlite.Threads;

namespace Shoal.Engine.History;

/// <summary>Writes all pages of a database, as of one commit, into a pack.</summary>
/// <remarks>
/// The writer is held only for as long as a reader needs to begin: requests go on while pages are copied from its snapshot.
/// </remarks>
internal sealed class SnapshotWriter(DatabaseHost host, DurableStore store, uint epoch)
{
    /// <summary>Adds a snapshot of a database. What it holds is durable when the task completes.</summary>
    /// <exception cref="EngineException">The database can not be read.</exception>
    /// <exception cref="IOException">The pack can not be written.</exception>
    /// <param name="id">The database.</param>
    /// <param name="pack">Takes the snapshot.</param>
    /// <param name="begun">Called when later commits do not change any more what is written.</param>
    public async Task WriteAsync(DatabaseId id, PackWriter pack, Action begun)
    {
        var database = await host.AcquireAsync(id, CancellationToken.None).ConfigureAwait(false);
        try
        {
            // The number must be durable before a pack claims it: after a crash it would be another commit's. Reading waits
            // for that at its end.
            _ = await database.ReadCommitAsync(
                () => (Number: store.NumberOf(id), Time: store.Log.LastTime),
                (connection, commit) =>
                {
                    begun();
                    Copy(connection, commit.Number, commit.Time, pack, id);
                    return true;
                },
                CancellationToken.None).ConfigureAwait(false);
        }
        finally
        {
            host.Release(database);
        }
    }

    /// <summary>Adds a snapshot of what a file holds.</summary>
    /// <param name="id">The database.</param>
    /// <param name="run">What the file is the end of.</param>
    /// <param name="path">The file.</param>
    /// <param name="pack">Takes it.</param>
    public static void WriteFile(DatabaseId id, in CommitRun run, string path, PackWriter pack)
    {
        using var file = File.OpenHandle(path);
        Span<byte> head = stackalloc byte[18];
        RandomAccess.Read(file, head, 0);

        // Source: https://www.sqlite.org/fileformat2.html, "page size"; 1 stands for 65,536.
        var pageBytes = BinaryPrimitives.ReadUInt16BigEndian(head[16..]) is > 1 and var size ? size : 65_536;
        var pages = (uint)(RandomAccess.GetLength(file) / pageBytes);
        var whole = new PackPart(run.Last, run.Last, run.LastTime, pages, (uint)pageBytes, 0, Continues: false);
        Write(id, run.Epoch, whole, pack, (page, image) =>
        {
            if (RandomAccess.Read(file, image, (page - 1) * (long)image.Length) != image.Length)
            {
                throw new IOException("the restored file is shorter than it was");
            }
        });
    }

    private void Copy(SqliteConnection connection, ulong number, long time, PackWriter pack, DatabaseId id)
    {
        var size = connection.GetSize();
        using var pages = connection.Prepare("SELECT data FROM sqlite_dbpage ORDER BY pgno");
        Write(id, epoch, new PackPart(number, number, time, size.PageCount, size.PageBytes, 0, Continues: false), pack, (_, image) =>
        {
            var status = pages.Step();
            if (status.Code != SqliteStatus.Row)
            {
                throw new SqliteException(status, "the database has fewer pages than it says");
            }

            pages.Row(1).Blob(0).CopyTo(image);
        });
        pages.Reset();
    }

    private static void Write(DatabaseId id, uint epoch, PackPart whole, PackWriter pack, ReadPage read)
    {
        var pageBytes = (int)whole.PageBytes;
        var perBlock = SnapshotPages.PerBlock(whole.SizeAfterPages, whole.PageBytes);
        var body = new byte[LogRecordHeader.TableBytes(perBlock) + perBlock * pageBytes];
        pack.Begin(id, PackEntryKind.Snapshot, epoch);
        for (uint page = 1; page <= whole.SizeAfterPages;)
        {
            var count = (int)Math.Min(perBlock, whole.SizeAfterPages - page + 1);
            var table = LogRecordHeader.TableBytes(count);
            body.AsSpan(0, table).Clear();
            for (var index = 0; index < count; index++, page++)
            {
                BinaryPrimitives.WriteUInt32LittleEndian(body.AsSpan(index * sizeof(uint)), page);
                read(page, body.AsSpan(table + index * pageBytes, pageBytes));
                Scheduling.OfferProcessor();
            }

            var part = whole with { PageCount = (uint)count, Continues = page <= whole.SizeAfterPages };
            pack.Add(part, body.AsSpan(0, part.BodyBytes));
        }

        pack.End();
    }

    private delegate void ReadPage(uint page, Span<byte> image);
}
