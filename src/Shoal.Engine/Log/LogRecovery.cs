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
    private readonly List<LogSegment> _opened = [];
    private readonly List<LogSegment> _unneeded = [];
    private readonly Dictionary<DatabaseId, List<RedoRecord>> _unfinished = [];
    private readonly RedoIndex _redo = new();
    private LogPosition _oldestNeeded;
    private long _lastTime;
    private ulong _catalogNumber;

    private LogRecovery(string folder) => _folder = folder;

    /// <summary>Reads the log of a folder; files that nothing is needed of are put into the pool.</summary>
    /// <exception cref="EngineException">The log is damaged or of a newer version; nothing was changed.</exception>
    public static RecoveredLog Run(string folder, SegmentPool pool)
    {
        var recovery = new LogRecovery(folder);
        RecoveredLog recovered;
        try
        {
            recovered = recovery.Scan();
        }
        catch
        {
            recovery._opened.ForEach(static segment => segment.Dispose());
            throw;
        }

        foreach (var segment in recovery._unneeded)
        {
            pool.Return(segment);
        }

        return recovered;
    }

    /// <summary>The largest number in the names of segment files; 0 without any.</summary>
    public static int LastName(string folder) => Files(folder)
        .Select(static path => int.TryParse(Path.GetFileNameWithoutExtension(path), NumberStyles.None,
            CultureInfo.InvariantCulture, out var name) ? name : 0)
        .DefaultIfEmpty()
        .Max();

    private static IEnumerable<string> Files(string folder) => Directory.EnumerateFiles(folder, "*.segment");

    private static EngineException Damaged(string path, long offset, string what) => new(EngineErrorKind.Corruption,
        string.Create(CultureInfo.InvariantCulture, $"the commit log is damaged: {path}, offset {offset}: {what}"),
        "Do not delete anything. Look with 'shoal doctor DATA', then restore the data folder from a backup.");

    private RecoveredLog Scan()
    {
        var used = OpenUsed();
        if (used.Count == 0)
        {
            return new RecoveredLog(1, [], NextSequence: 1, LogPosition.Zero, LogPosition.Zero, 0, 0, _redo);
        }

        var newest = used[^1].Header;
        var needed = NewestRun(used);
        _unneeded.AddRange(used.Except(needed));
        _oldestNeeded = newest.OldestNeeded;

        var end = LogPosition.Zero;
        var last = needed.Count - 1;
        for (var index = 0; index <= last; index++)
        {
            end = ScanSegment(needed[index]);
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

        // What only the page cache holds after a kill must not be served and then lost in a power cut. It can end in any
        // segment: the next is begun before the last records of one are flushed.
        needed.ForEach(static segment => segment.Flush());
        _redo.ForgetBefore(_oldestNeeded);
        var live = needed.FindAll(segment => segment.Header.Sequence >= _oldestNeeded.Sequence || segment == needed[^1]);
        _unneeded.AddRange(needed.Except(live));
        return new RecoveredLog(
            newest.Epoch, live, newest.Sequence + 1, end, _oldestNeeded, _lastTime, _catalogNumber, _redo);
    }

    private List<LogSegment> OpenUsed()
    {
        var used = new List<LogSegment>();
        foreach (var path in Files(_folder))
        {
            var segment = LogSegment.Open(path);
            _opened.Add(segment);
            switch (segment.ReadHeader())
            {
                case SegmentHeaderState.Valid:
                    used.Add(segment);
                    break;
                case SegmentHeaderState.NeverUsed:
                    _unneeded.Add(segment);
                    break;
                case SegmentHeaderState.NewerVersion:
                    throw new EngineException(EngineErrorKind.Corruption,
                        $"the log segment {path} was written by a newer version of Shoal", "Use that version.");
                default:
                    throw Damaged(path, 0, "the segment's header does not verify");
            }
        }

        used.Sort(static (left, right) => left.Header.Sequence.CompareTo(right.Header.Sequence));
        return used;
    }

    /// <summary>The newest segment and those that lead to it; others were let go and wait for their next use.</summary>
    private static List<LogSegment> NewestRun(List<LogSegment> used)
    {
        var run = new List<LogSegment> { used[^1] };
        while (used.Find(segment => segment.Header.Sequence == run[^1].Header.PreviousEnd.Sequence) is { } previous)
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
            throw new EngineException(EngineErrorKind.Corruption, string.Create(CultureInfo.InvariantCulture,
                $"the commit log in {_folder} lacks segment {first.Header.PreviousEnd.Sequence}, which comes before {first.Path}"),
                "Restore the missing file, or the whole data folder from a backup.");
        }
    }

    /// <summary>Reads a segment's records; gives the end of the last valid one.</summary>
    private LogPosition ScanSegment(LogSegment segment)
    {
        var chain = segment.Header.ChainSeed;
        var offset = (uint)SegmentHeader.BlockBytes;
        var window = ArrayPool<byte>.Shared.Rent(WindowBytes);
        try
        {
            var windowStart = (long)offset;
            var windowBytes = segment.Read(window.AsSpan(0, WindowBytes), windowStart);
            while (true)
            {
                var inside = (int)(offset - windowStart);
                if (windowBytes - inside < LogRecordHeader.Bytes + 2 * 1024 * 1024
                    && windowStart + windowBytes < segment.LengthBytes && inside > 0)
                {
                    windowStart = offset;
                    windowBytes = segment.Read(window.AsSpan(0, WindowBytes), windowStart);
                    inside = 0;
                }

                if (!TryReadRecord(segment, window.AsSpan(inside, windowBytes - inside), offset, ref chain, out var header))
                {
                    break;
                }

                Apply(segment, header, window.AsSpan(inside + LogRecordHeader.Bytes, header.LengthBytes - LogRecordHeader.Bytes));
                offset += (uint)header.LengthBytes;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(window);
        }

        return new LogPosition(segment.Header.Sequence, offset);
    }

    private static bool TryReadRecord(
        LogSegment segment, ReadOnlySpan<byte> bytes, uint offset, ref uint chain, out LogRecordHeader header)
    {
        var salt = (uint)segment.Header.Salt;
        if (!LogRecordHeader.TryRead(bytes, salt, out header, out var claimed)
            || header.Position != new LogPosition(segment.Header.Sequence, offset)
            || header.LengthBytes < LogRecordHeader.Bytes || header.LengthBytes > bytes.Length
            || claimed != LogRecordHeader.ExpectedChain(bytes, chain)
            || header.BodyCrc != Crc32C.Append(0, bytes[LogRecordHeader.Bytes..header.LengthBytes]))
        {
            return false;
        }

        chain = claimed;
        return true;
    }

    private void Apply(LogSegment segment, LogRecordHeader header, ReadOnlySpan<byte> body)
    {
        _lastTime = Math.Max(_lastTime, header.Time);
        if (header.Kind == LogRecordKind.Checkpoint)
        {
            var checkpoint = CheckpointBody.Read(body);
            _oldestNeeded = new LogPosition(Math.Max(_oldestNeeded.Value, checkpoint.OldestNeeded.Value));
            _catalogNumber = checkpoint.CatalogNumber;
            if (header.Flags.HasFlag(LogRecordFlags.Start))
            {
                // Their numbers were given to other commits.
                _unfinished.Clear();
            }

            return;
        }

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
            if (segment.Header.OldestNeeded > end || FindWitness(segment, start, end) is not null)
            {
                throw Damaged(tail[0].Path, end.OffsetBytes,
                    $"a record does not verify, but {segment.Path} shows that it was durable");
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
