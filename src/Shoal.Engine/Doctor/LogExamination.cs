using System.Globalization;
using Shoal.Engine.History;
using Shoal.Engine.Log;
using Shoal.Engine.Storage;
using Shoal.Protocol;

namespace Shoal.Engine.Doctor;

/// <summary>Reads the log as recovery will, and where that refuses, says what else is damaged and what is not.</summary>
/// <remarks>Owns: the segments, open for reading, until disposed.</remarks>
internal sealed class LogExamination : IDisposable
{
    private readonly DataFolder _folder;
    private readonly Action<DoctorFinding> _report;

    public LogExamination(DataFolder folder, Action<DoctorFinding> report)
    {
        _folder = folder;
        _report = report;
    }

    /// <summary>What recovery will find; null when it will refuse.</summary>
    public RecoveredLog? Log { get; private set; }

    /// <summary>Bytes of the log's files.</summary>
    public long Bytes { get; private set; }

    /// <summary>Records of the log that database files may lack. Units: bytes.</summary>
    public long UncheckpointedBytes { get; private set; }

    /// <summary>Segments that a start reads.</summary>
    public int NeededSegmentCount => Log is null ? 0 : Log.Segments.Count - KeptCount(Log);

    public void Run()
    {
        if (!Directory.Exists(_folder.LogPath))
        {
            _report(new DoctorFinding(DoctorSeverity.Problem, $"the folder {_folder.LogPath} is missing",
                "It holds the newest commits of all databases. Mount its disk, or restore the data folder from a backup.")
            {
                File = _folder.LogPath,
            });
            return;
        }

        var files = LogRecovery.Files(_folder.LogPath).ToArray();
        Bytes = files.Sum(static path => new FileInfo(path).Length);
        try
        {
            Log = LogRecovery.Examine(_folder.LogPath, NewestSegment.Read(_folder.NewestSegmentPath),
                HistoryFolder.ReadManifest(_folder.HistoryPath)?.Sealed);
        }
        catch (EngineException error)
        {
            var place = error as LogDamagedException;
            _report(new DoctorFinding(DoctorSeverity.Problem, error.Message, error.Hint ?? "")
            {
                File = place?.FilePath,
                OffsetBytes = place?.OffsetBytes,
            });
            foreach (var path in files)
            {
                Survey(path);
            }

            return;
        }

        foreach (var database in Log.Redo.Databases)
        {
            if (Log.Redo.TryGet(database, out var records))
            {
                UncheckpointedBytes += records.Sum(static record => (long)record.Header.LengthBytes);
                CheckNumbers(database, records);
            }
        }

        CheckKept();
        LookBehindEnd();
    }

    public void Dispose() => Log?.CloseSegments();

    /// <summary>The newest segment is always read.</summary>
    private static int KeptCount(RecoveredLog log) =>
        log.Segments.SkipLast(1).Count(segment => segment.Header.Sequence < log.OldestNeeded.Sequence);

    private void CheckNumbers(DatabaseId database, IReadOnlyList<RedoRecord> records)
    {
        for (var index = 1; index < records.Count; index++)
        {
            var before = records[index - 1].Header;
            var next = records[index].Header;
            if (next.Number - before.Number > 1)
            {
                _report(new DoctorFinding(DoctorSeverity.Problem, string.Create(CultureInfo.InvariantCulture,
                    $"commits of database {database} are missing from the log: {before.Number} is followed by {next.Number}"),
                    "Restore the database from an export or a backup, and report it: records that verify should have no gaps.")
                {
                    File = records[index].Segment.Path,
                    OffsetBytes = next.Position.OffsetBytes,
                    DatabaseId = database,
                });
            }
        }
    }

    /// <summary>Older segments that history has not got yet; recovery does not read them.</summary>
    private void CheckKept()
    {
        var stored = HistoryFolder.ReadManifest(_folder.HistoryPath)?.Sealed ?? LogPosition.Zero;
        if (Log!.Segments is [var oldest, ..] && UnsealedLog.IsMissingBefore(stored, oldest.Header))
        {
            ReportMissing(stored, oldest);
        }

        for (var index = 0; index < KeptCount(Log!); index++)
        {
            var (segment, next) = (Log!.Segments[index], Log.Segments[index + 1]);
            using var reader = new SegmentReader(segment);
            while (reader.TryRead(out _, out _))
            {
            }

            if (!UnsealedLog.IsNext(segment, next))
            {
                ReportMissing(reader.Position, next);
            }
            else if (reader.Position != next.Header.PreviousEnd)
            {
                _report(new DoctorFinding(DoctorSeverity.Problem, string.Create(CultureInfo.InvariantCulture,
                    $"segment {segment.Header.Sequence} ({segment.Path}) does not verify from offset {reader.OffsetBytes} on; ")
                    + "databases have its commits, history has not",
                    "Databases are whole. Time Travel lacks the moments behind that place; history goes on at the next start.")
                {
                    File = segment.Path,
                    OffsetBytes = reader.OffsetBytes,
                });
            }
        }
    }

    private void ReportMissing(LogPosition from, LogSegment next) => _report(new DoctorFinding(DoctorSeverity.Problem,
        string.Create(CultureInfo.InvariantCulture,
            $"segments of the log between {from} and segment {next.Header.Sequence} ({next.Path}) are missing; ")
        + "databases have their commits, history has not",
        "Databases are whole. Put the files back if you have them, before the next start; otherwise Time Travel lacks the moments "
        + "between, and goes on behind them.")
    {
        File = _folder.LogPath,
    });

    /// <summary>What a crash left unfinished is no damage; saying so saves a question.</summary>
    private void LookBehindEnd()
    {
        if (Log!.Segments is not [.., var last])
        {
            return;
        }

        using var reader = new SegmentReader(last);
        while (reader.TryRead(out _, out _))
        {
        }

        var end = reader.OffsetBytes;
        if (reader.TryReadVersion(out _) || reader.TrySkipDamage())
        {
            _report(new DoctorFinding(DoctorSeverity.Note, string.Create(CultureInfo.InvariantCulture,
                $"{last.Path} ends at offset {end} in a write that a crash cut off; it was never acknowledged"),
                "Nothing to do: the next start goes on from there.")
            {
                File = last.Path,
                OffsetBytes = end,
            });
        }
    }

    /// <summary>All places in a segment where records stop and go on.</summary>
    private void Survey(string path)
    {
        try
        {
            using var segment = LogSegment.Open(path, write: false);
            if (segment.ReadHeader() != SegmentHeaderState.Valid)
            {
                return;
            }

            using var reader = new SegmentReader(segment);
            var whole = 0;
            while (true)
            {
                while (reader.TryRead(out _, out _))
                {
                    whole++;
                }

                var stop = reader.OffsetBytes;
                if (!reader.TrySkipDamage())
                {
                    break;
                }

                _report(new DoctorFinding(DoctorSeverity.Problem, string.Create(CultureInfo.InvariantCulture,
                    $"segment {segment.Header.Sequence} ({path}): after {whole} whole records the bytes from offset {stop} ")
                    + string.Create(CultureInfo.InvariantCulture, $"to {reader.OffsetBytes} do not verify; records follow"),
                    "'shoal log dump' shows what is still readable on both sides.")
                {
                    File = path,
                    OffsetBytes = stop,
                });
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            _report(new DoctorFinding(DoctorSeverity.Problem, $"{path} can not be read: {error.Message}",
                "Look at the disk and at the permissions.") { File = path });
        }
    }
}
