using Shoal.Engine.Catalog;
using Shoal.Engine.Doctor;
using Shoal.Engine.Storage;
using Shoal.Protocol;

namespace Shoal.Engine.Log;

/// <summary>Lists the records of a data folder's log, also of a damaged one, without changing it.</summary>
/// <remarks>Cost: one record in memory at a time. Thread: one at a time.</remarks>
public static class LogDump
{
    /// <summary>Every record that can be found, oldest segment first. No other process can open the folder meanwhile.</summary>
    /// <remarks>
    /// Includes what files have got already but no newer record has overwritten yet, and whole records behind damage.
    /// </remarks>
    /// <param name="dataFolder">The folder.</param>
    /// <param name="from">Leaves out what lies before this place; null for nothing.</param>
    /// <param name="withPages">Whether page numbers are read, too.</param>
    /// <exception cref="EngineException">
    /// A server has the folder open, it is no data folder, or a segment is of a newer version.
    /// </exception>
    public static IEnumerable<LogDumpRecord> Read(string dataFolder, (uint Segment, uint OffsetBytes)? from, bool withPages)
    {
        using var folder = DataFolder.OpenToRead(dataFolder);
        folder.CheckFormat();
        var start = from is { } place ? new LogPosition(place.Segment, place.OffsetBytes) : LogPosition.Zero;
        foreach (var path in SegmentsInOrder(folder.LogPath))
        {
            using var segment = LogSegment.Open(path, write: false);
            _ = segment.ReadHeader();
            if (segment.Header.Sequence < start.Sequence)
            {
                continue;
            }

            using var reader = new SegmentReader(segment);
            var follows = true;
            do
            {
                while (reader.TryRead(out var header, out var body))
                {
                    if (header.Position >= start)
                    {
                        yield return ToRecord(path, header, body, follows, withPages);
                    }

                    follows = true;
                }

                follows = false;
            }
            while (reader.TrySkipDamage());
        }
    }

    /// <summary>Names of databases by id, as far as they can be found out.</summary>
    /// <remarks>From the catalog as recovery will make it; when the log is damaged, from its file as it is.</remarks>
    /// <exception cref="EngineException">A server has the folder open, or it is no data folder.</exception>
    public static IReadOnlyDictionary<DatabaseId, string> ReadNames(string dataFolder)
    {
        using var folder = DataFolder.OpenToRead(dataFolder);
        folder.CheckFormat();
        RecoveredLog? log = null;
        var temporary = Directory.CreateTempSubdirectory("shoal-log-");
        try
        {
            log = TryRecover(folder);
            IReadOnlyList<RedoRecord>? redo = null;
            _ = log?.Redo.TryGet(DatabaseCatalog.Id, out redo);
            using var image = RecoveredImage.Open(
                DatabaseCatalog.Id, folder.CatalogPath, redo, folder.Durability, temporary.FullName);
            return CatalogNames.Read(image);
        }
        catch (Exception error) when (error is EngineException or Sqlite.SqliteException or IOException)
        {
            // Names are a help to the reader; records are listed without them.
            return new Dictionary<DatabaseId, string>();
        }
        finally
        {
            log?.CloseSegments();
            temporary.Delete(recursive: true);
        }
    }

    private static RecoveredLog? TryRecover(DataFolder folder)
    {
        try
        {
            return Directory.Exists(folder.LogPath)
                ? LogRecovery.Examine(folder.LogPath, NewestSegment.Read(folder.NewestSegmentPath))
                : null;
        }
        catch (EngineException)
        {
            // Damaged: the dump is there to look at just that.
            return null;
        }
    }

    private static IEnumerable<string> SegmentsInOrder(string logFolder)
    {
        var found = new List<(uint Sequence, string Path)>();
        foreach (var path in Directory.Exists(logFolder) ? LogRecovery.Files(logFolder) : [])
        {
            using var segment = LogSegment.Open(path, write: false);
            switch (segment.ReadHeader())
            {
                case SegmentHeaderState.Valid:
                    found.Add((segment.Header.Sequence, path));
                    break;
                case SegmentHeaderState.NewerVersion:
                    throw LogDamagedException.Newer(path, 0, "header", segment.NewerVersion, SegmentHeader.Version);
                default:
                    // Never used, or its header is gone and with it the key to its records; 'shoal doctor' names it.
                    break;
            }
        }

        return found.OrderBy(static segment => segment.Sequence).Select(static segment => segment.Path);
    }

    private static LogDumpRecord ToRecord(
        string path, LogRecordHeader header, ReadOnlySpan<byte> body, bool follows, bool withPages) => new()
        {
            Position = header.Position.ToString(),
            File = path,
            Segment = header.Position.Sequence,
            OffsetBytes = header.Position.OffsetBytes,
            Kind = header.Kind switch
            {
                LogRecordKind.Commit => "commit",
                LogRecordKind.Checkpoint => "checkpoint",
                _ => $"kind {(int)header.Kind}",
            },
            DatabaseId = header.Kind == LogRecordKind.Commit ? header.Database : null,
            CommitNumber = (long)header.Number,
            Time = DateTimeOffset.UnixEpoch.AddMicroseconds(header.Time),
            PageCount = (int)header.PageCount,
            SizeAfterPages = header.SizeAfterPages,
            LengthBytes = header.LengthBytes,
            Continues = header.Kind == LogRecordKind.Commit && header.Flags.HasFlag(LogRecordFlags.Continues),
            Opened = header.Kind == LogRecordKind.Checkpoint && header.Flags.HasFlag(LogRecordFlags.Opened),
            DurableKnown = header.DurableKnown.ToString(),
            RecoverFrom = header.Kind == LogRecordKind.Checkpoint ? CheckpointBody.Read(body).OldestNeeded.ToString() : null,
            Follows = follows,
            Pages = withPages && header.Kind == LogRecordKind.Commit ? PagesOf(header, body) : [],
        };

    private static uint[] PagesOf(LogRecordHeader header, ReadOnlySpan<byte> body)
    {
        var pages = new uint[header.PageCount];
        for (var index = 0; index < pages.Length; index++)
        {
            pages[index] = LogRecordHeader.PageNumber(body, index);
        }

        return pages;
    }
}
