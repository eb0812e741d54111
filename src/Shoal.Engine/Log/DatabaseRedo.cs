using Shoal.Protocol;
using Shoal.Sqlite.Vfs;

namespace Shoal.Engine.Log;

/// <summary>Makes a database file whole from the log, before SQLite opens it.</summary>
/// <remarks>Thread: one per database; SQLite must not have the file open. Idempotent: a crash in it costs nothing.</remarks>
internal static class DatabaseRedo
{
    /// <summary>Writes the newest image of each page in the log into the file, sets its size and flushes it.</summary>
    /// <exception cref="EngineException">A record can not be read back as it was.</exception>
    public static void Apply(DatabaseId id, string path, IReadOnlyList<RedoRecord> records)
    {
        if (!File.Exists(path))
        {
            throw new EngineException(EngineErrorKind.Corruption, $"the file of database {id} is missing",
                "Restore the data folder from a backup.", id);
        }

        var newest = NewestImages(id, records);
        var last = records[^1].Header;
        using (var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.Read))
        {
            var image = new byte[last.PageBytes];
            foreach (var (page, place) in newest.OrderBy(static entry => entry.Key))
            {
                if (page <= last.SizeAfterPages)
                {
                    if (place.Segment.Read(image, place.Offset) != image.Length)
                    {
                        throw Unreadable(id, place.Segment);
                    }

                    RandomAccess.Write(file, image, (long)(page - 1) * image.Length);
                }
            }

            RandomAccess.SetLength(file, (long)last.SizeAfterPages * last.PageBytes);
            RandomAccess.FlushToDisk(file);
        }
    }

    /// <summary>Removes what SQLite keeps beside a file: after a stop only the file and the log are true.</summary>
    public static void DiscardWal(string path)
    {
        if (Faults.Is(Faults.KeepWal))
        {
            return;
        }

        if (File.Exists(path + "-wal") || File.Exists(path + "-shm"))
        {
            File.Delete(path + "-wal");
            File.Delete(path + "-shm");
            DirectorySync.Flush(Path.GetDirectoryName(path)!);
        }
    }

    private static Dictionary<uint, (LogSegment Segment, long Offset)> NewestImages(
        DatabaseId id, IReadOnlyList<RedoRecord> records)
    {
        var newest = new Dictionary<uint, (LogSegment, long)>();
        foreach (var (segment, header) in records)
        {
            var body = new byte[header.LengthBytes - LogRecordHeader.Bytes];
            var start = header.Position.OffsetBytes + LogRecordHeader.Bytes;
            if (segment.Read(body, start) != body.Length || Crc32C.Append(0, body) != header.BodyCrc)
            {
                throw Unreadable(id, segment);
            }

            for (var index = 0; index < header.PageCount; index++)
            {
                newest[LogRecordHeader.PageNumber(body, index)] = (segment, start + header.PageTableBytes + index * (long)header.PageBytes);
            }
        }

        return newest;
    }

    private static EngineException Unreadable(DatabaseId id, LogSegment segment) =>
        new(EngineErrorKind.Corruption, $"a record of database {id} in {segment.Path} can not be read back",
            "Look at the disk; then restore the data folder from a backup.", id);
}
