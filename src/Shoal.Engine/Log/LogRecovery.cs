using System.Buffers;
using System.Globalization;
using Shoal.Protocol;

namespace Shoal.Engine.Log;

/// <summary>Reads a log folder after a stop and says what is valid, what is torn and what is damaged.</summary>
/// <remarks>
/// A record counts when it and all before it verify. Where the records of the newest segment end there may be a torn write:
/// that was never acknowledged and is cut. But if anything found says that the log was durable beyond that point, the log is
/// damaged, and recovery refuses rather than lose what was acknowledged.
/// </remarks>
internal sealed class LogRecovery
{
    private const int WindowBytes = 4 * 1024 * 1024;

    private readonly string _folder;
    private readonly uint _newestBegun;
    private readonly bool _write;
    private readonly LogPosition _keepFrom;
    private readonly List<LogSegment> _opened = [];
    private readonly List<LogSegment> _unneeded = [];
    private readonly Dictionary<DatabaseId, List<RedoRecord>> _unfinished = [];
    private readonly RedoIndex _redo = new();
    private LogPosition _oldestNeeded;
    private long _lastTime;
    private ulong _catalogNumber;

    private LogRecovery(string folder, uint newestBegun, bool write, LogPosition keepFrom)
    {
        _folder = folder;
        _newestBegun = newestBegun;
        _write = write;
        _keepFrom = keepFrom;
    }

    /// <summary>Reads the log of a folder; files that nothing is needed of are put into the pool.</summary>
    /// <param name="folder">Where the segments are.</param>
    /// <param name="newestBegun">The segment that must be there, or a newer one; 0 when none is known of.</param>
    /// <param name="pool">Takes the files that are free.</param>
    /// <param name="keepFrom">Segments from here on stay, though redo may not need them: history has not got them yet.</param>
    /// <exception cref="EngineException">The log is damaged or of a newer version; nothing was changed.</exception>
    public static RecoveredLog Run(string folder, uint newestBegun, SegmentPool pool, LogPosition? keepFrom = null)
    {
        var recovery = new LogRecovery(folder, newestBegun, write: true, keepFrom ?? LogPosition.Last);
        var recovered = recovery.ScanOrClose();
        foreach (var segment in recovery._unneeded)
        {
            pool.Return(segment);
        }

        return recovered;
    }

    /// <summary>As <see cref="Run"/>, but changes nothing; the caller disposes the segments of the result.</summary>
    /// <exception cref="EngineException">The log is damaged or of a newer version.</exception>
    public static RecoveredLog Examine(string folder, uint newestBegun, LogPosition? keepFrom = null)
    {
        var recovery = new LogRecovery(folder, newestBegun, write: false, keepFrom ?? LogPosition.Last);
        var recovered = recovery.ScanOrClose();
        recovery._unneeded.ForEach(static segment => segment.Dispose());
        return recovered;
    }

    /// <summary>The largest number in the names of segment files; 0 without any.</summary>
    public static int LastName(string folder) => Files(folder)
        .Select(static path => int.TryParse(Path.GetFileNameWithoutExtension(path), NumberStyles.None,
            CultureInfo.InvariantCulture, out var name) ? name : 0)
        .DefaultIfEmpty()
        .Max();

    /// <summary>The segment files of a folder, whatever is in them.</summary>
    public static IEnumerable<string> Files(string folder) => Directory.EnumerateFiles(folder, "*.segment");

    private RecoveredLog ScanOrClose()
    {
        try
        {
            return Scan();
        }
        catch
        {
            _opened.ForEach(static segment => segment.Dispose());
            throw;
        }
    }

    private RecoveredLog Scan()
    {
        var used = OpenUsed();
        CheckNewest(used);
        if (used.Count == 0)
        {
            return new RecoveredLog(1, [], NextSequence: 1, LogPosition.Zero, LogPosition.Zero, 0, 0, _redo);
        }

        var newest = used[^1].Header;
        _oldestNeeded = newest.OldestNeeded;
        var needed = NeededRun(used);
        var kept = KeptRun(used, needed[0]);
        _unneeded.AddRange(used.Except(needed).Except(kept));

        var end = LogPosition.Zero;
        var scans = ScannedSegment.ScanAll(needed);
        var last = needed.Count - 1;
        for (var index = 0; index <= last; index++)
        {
            Apply(scans[index]);
            end = scans[index].End;
            if (index < last && needed[index + 1].Header.PreviousEnd == end)
            {
                continue;
            }

            // Here the log ends, perhaps in a torn write. A segment that was begun behind it holds nothing: its records are
            // written only when those before are flushed.
            CheckNothingDurableAfter(needed.GetRange(index, needed.Count - index), end);
            _unneeded.AddRange(needed.Skip(index + 1));
            needed.RemoveRange(index + 1, last - index);
            last = index;
        }

        CheckComplete(needed[0]);
        if (_write)
        {
            // What only the page cache holds after a kill must not be served and then lost in a power cut. It can end in any
            // segment: the next is begun before the last records of one are flushed.
            needed.ForEach(static segment => segment.Flush());
        }

        _redo.ForgetBefore(_oldestNeeded);
        var from = Math.Min(_oldestNeeded.Sequence, _keepFrom.Sequence);
        var live = needed.FindAll(segment => segment.Header.Sequence >= from || segment == needed[^1]);
        _unneeded.AddRange(needed.Except(live));
        return new RecoveredLog(
            newest.Epoch, [.. kept, .. live], newest.Sequence + 1, end, _oldestNeeded, _lastTime, _catalogNumber, _redo)
        {
            KeepFrom = _keepFrom,
        };
    }

    /// <summary>
    /// Older segments that only history waits for. They are not read here, so damage in one of them does not keep the engine
    /// from starting. Where some are missing, those before them are kept, too. Segments that were discarded hold nothing.
    /// </summary>
    private List<LogSegment> KeptRun(List<LogSegment> used, LogSegment first)
    {
        var run = new List<LogSegment>();
        for (var oldest = first; oldest.Header.Sequence > _keepFrom.Sequence; oldest = run[^1])
        {
            var previous = used.FindLast(segment => segment.Header.Sequence <= oldest.Header.PreviousEnd.Sequence);
            if (previous is null || previous.Header.Sequence < _keepFrom.Sequence)
            {
                break;
            }

            run.Add(previous);
        }

        run.Reverse();
        return run;
    }

    private List<LogSegment> OpenUsed()
    {
        var used = new List<LogSegment>();
        foreach (var path in Files(_folder).Order(StringComparer.Ordinal))
        {
            var segment = LogSegment.Open(path, _write);
            _opened.Add(segment);
            switch (segment.ReadHeader())
            {
                case SegmentHeaderState.Valid:
                    CheckFile(segment, used);
                    used.Add(segment);
                    break;
                case SegmentHeaderState.NeverUsed:
                    _unneeded.Add(segment);
                    break;
                case SegmentHeaderState.NewerVersion:
                    throw LogDamagedException.Newer(path, 0, "header", segment.NewerVersion, SegmentHeader.Version);
                default:
                    throw LogDamagedException.At(path, 0, "the segment's header does not verify");
            }
        }

        used.Sort(static (left, right) => left.Header.Sequence.CompareTo(right.Header.Sequence));
        return used;
    }

    private static void CheckFile(LogSegment segment, List<LogSegment> others)
    {
        if (segment.LengthBytes < segment.Header.LengthBytes)
        {
            throw LogDamagedException.At(segment.Path, segment.LengthBytes,
                $"the file ends here and was {segment.Header.LengthBytes} bytes long");
        }

        if (others.Find(other => other.Header.Sequence == segment.Header.Sequence) is { } twin)
        {
            throw LogDamagedException.At(segment.Path, 0,
                $"it says that it is segment {segment.Header.Sequence}, and so does {twin.Path}: one of them is a copy");
        }
    }

    /// <summary>Refuses a log whose newest segment is missing.</summary>
    private void CheckNewest(List<LogSegment> used)
    {
        var newest = used.Count == 0 ? 0 : used[^1].Header.Sequence;
        if (newest < _newestBegun)
        {
            throw LogDamagedException.Missing(_folder, _newestBegun, newest == 0
                ? "there is no segment at all; is the folder a disk that is not mounted?"
                : $"it was begun, and the newest that is there is {newest}");
        }
    }

    /// <summary>The newest segment and those that lead to it and may be needed; others wait for their next use.</summary>
    private List<LogSegment> NeededRun(List<LogSegment> used)
    {
        var run = new List<LogSegment> { used[^1] };
        while (run[^1].Header.Sequence > _oldestNeeded.Sequence
            && used.Find(segment => segment.Header.Sequence == run[^1].Header.PreviousEnd.Sequence) is { } previous)
        {
            run.Add(previous);
        }

        run.Reverse();
        return run;
    }

    /// <summary>Refuses a log whose oldest needed segment is missing.</summary>
    private void CheckComplete(LogSegment first)
    {
        if (first.Header.PreviousEnd != LogPosition.Zero && first.Header.Sequence > _oldestNeeded.Sequence)
        {
            throw LogDamagedException.Missing(_folder, first.Header.PreviousEnd.Sequence, $"it comes before {first.Path}");
        }
    }

    private void Apply(ScannedSegment scan)
    {
        var checkpoint = 0;
        foreach (var header in scan.Records)
        {
            _lastTime = Math.Max(_lastTime, header.Time);
            switch (header.Kind)
            {
                case LogRecordKind.Checkpoint:
                    ApplyCheckpoint(header, scan.Checkpoints[checkpoint++]);
                    break;
                case LogRecordKind.Commit:
                    ApplyCommit(scan.Segment, header);
                    break;
                default:
                    // It verifies, so it is no damage: a program that knows more wrote it.
                    throw new EngineException(EngineErrorKind.Corruption, string.Create(CultureInfo.InvariantCulture,
                        $"{scan.Segment.Path}, offset {header.Position.OffsetBytes}, holds a record of kind {(int)header.Kind}, ")
                        + "which this program does not know",
                        "Use the newer version of Shoal that wrote it. Nothing was changed.");
            }
        }
    }

    private void ApplyCheckpoint(LogRecordHeader header, CheckpointBody checkpoint)
    {
        _oldestNeeded = new LogPosition(Math.Max(_oldestNeeded.Value, checkpoint.OldestNeeded.Value));
        _catalogNumber = checkpoint.CatalogNumber;
        if (header.Flags.HasFlag(LogRecordFlags.Opened))
        {
            // What had not ended before this never will; its number is given again.
            _unfinished.Clear();
        }
    }

    private void ApplyCommit(LogSegment segment, LogRecordHeader header)
    {
        if (!_unfinished.TryGetValue(header.Database, out var parts))
        {
            _unfinished.Add(header.Database, parts = []);
        }

        // Parts of a commit whose rest never came are followed by nothing, or by another number.
        if (parts.Count > 0 && parts[0].Header.Number != header.Number)
        {
            parts.Clear();
        }

        parts.Add(new RedoRecord(segment, header));
        if (!header.Flags.HasFlag(LogRecordFlags.Continues))
        {
            _redo.Add(header.Database, parts);
            parts.Clear();
        }
    }

    /// <summary>Refuses an end that something behind it contradicts: a record that knew the log to be durable further on.</summary>
    private static void CheckNothingDurableAfter(List<LogSegment> tail, LogPosition end)
    {
        foreach (var segment in tail)
        {
            var start = segment == tail[0] ? end.OffsetBytes : (uint)SegmentHeader.BlockBytes;
            if (segment.Header.OldestNeeded > end)
            {
                throw LogDamagedException.At(tail[0].Path, end.OffsetBytes,
                    $"a record does not verify, but the header of {segment.Path} shows that it was durable");
            }

            if (FindWitness(segment, start, end) is { } witness)
            {
                throw LogDamagedException.At(tail[0].Path, end.OffsetBytes,
                    $"a record does not verify, but the one at offset {witness} of {segment.Path} shows that it was durable");
            }
        }
    }

    /// <summary>Offset of a record whose header verifies and that knew of durability beyond a position; null without one.</summary>
    private static long? FindWitness(LogSegment segment, uint from, LogPosition end)
    {
        var window = ArrayPool<byte>.Shared.Rent(WindowBytes);
        try
        {
            for (var start = (long)from; start < segment.LengthBytes; start += WindowBytes - LogRecordHeader.Bytes)
            {
                var count = segment.Read(window.AsSpan(0, WindowBytes), start);
                for (var at = 0; at + LogRecordHeader.Bytes <= count; at += LogRecordHeader.Alignment)
                {
                    if (LogRecordHeader.TryRead(window.AsSpan(at, count - at), (uint)segment.Header.Salt, out var header, out _)
                        && header.DurableKnown > end)
                    {
                        return start + at;
                    }
                }
            }

            return null;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(window);
        }
    }
}
