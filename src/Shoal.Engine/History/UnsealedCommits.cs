using Shoal.Engine.Catalog;
using Shoal.Engine.Log;
using Shoal.Protocol;

namespace Shoal.Engine.History;

/// <summary>The commits of users' databases in a range of the log, by database: what the next pack is made of.</summary>
/// <remarks>
/// The range ends where a commit begins that is not whole yet, so that no commit is ever in two packs or half in one. It ends
/// before that where segments are missing or a record does not verify; commits that are cut off there count for nothing, on both
/// sides. Cost: the heads of the records in memory.
/// </remarks>
internal sealed class UnsealedCommits
{
    private readonly SortedDictionary<Guid, List<RedoRecord>> _byDatabase = [];

    private UnsealedCommits(LogPosition end, LogSegment? cut, LogDamagedException? damage)
    {
        End = end;
        Cut = cut;
        Damage = damage;
    }

    /// <summary>Where the range ends.</summary>
    public LogPosition End { get; }

    /// <summary>The segment in which the log breaks off behind <see cref="End"/>; null when it goes on.</summary>
    public LogSegment? Cut { get; }

    /// <summary>What does not verify there; null when what comes next is missing.</summary>
    public LogDamagedException? Damage { get; }

    /// <summary>Per database the records of its whole commits, in order; in the order of a pack's index.</summary>
    public IEnumerable<(DatabaseId Database, IReadOnlyList<RedoRecord> Records)> ByDatabase =>
        _byDatabase.Select(static pair => (new DatabaseId(pair.Key), (IReadOnlyList<RedoRecord>)pair.Value));

    /// <summary>Reads a range.</summary>
    /// <param name="segments">The segments from its beginning on, oldest first.</param>
    /// <param name="count">How many of them are read.</param>
    /// <param name="from">Where it begins.</param>
    /// <param name="to">Where it ends at the latest; durable.</param>
    public static UnsealedCommits Read(IReadOnlyList<LogSegment> segments, int count, LogPosition from, LogPosition to)
    {
        var whole = new List<List<RedoRecord>>();
        var unfinished = new Dictionary<DatabaseId, List<RedoRecord>>();
        var end = from;
        for (var index = 0; index < count; index++)
        {
            // A segment ends where its successor says; the newest of them where the range ends.
            var (segment, next) = (segments[index], index + 1 < segments.Count ? segments[index + 1] : null);
            var isBeforeGap = next is not null && !UnsealedLog.IsNext(segment, next);
            var stop = next is null || next.Header.PreviousEnd > to ? to : next.Header.PreviousEnd;
            end = ReadSegment(segment, from, stop, whole, unfinished);
            if (end < stop)
            {
                return new UnsealedCommits(end < from ? from : end, segment, isBeforeGap ? null : LogDamagedException.At(segment.Path,
                    end.OffsetBytes, "a record does not verify that history has not got yet")).With(whole);
            }
        }

        foreach (var parts in unfinished.Values)
        {
            end = parts.Count > 0 && parts[0].Header.Position < end ? parts[0].Header.Position : end;
        }

        for (var cut = LogPosition.Last; cut != end;)
        {
            cut = end;
            foreach (var parts in whole)
            {
                if (parts[0].Header.Position < end && parts[^1].Header.Position >= end)
                {
                    end = parts[0].Header.Position;
                }
            }
        }

        return new UnsealedCommits(end, cut: null, damage: null).With(whole.Where(parts => parts[0].Header.Position < end));
    }

    /// <summary>Where its records end, or what is wanted of them.</summary>
    private static LogPosition ReadSegment(LogSegment segment, LogPosition from, LogPosition to, List<List<RedoRecord>> whole,
        Dictionary<DatabaseId, List<RedoRecord>> unfinished)
    {
        using var reader = new SegmentReader(segment);
        while (reader.Position < to)
        {
            var position = reader.Position;
            if (!reader.TryRead(out var header, out _))
            {
                return position;
            }

            if (position < from)
            {
                continue;
            }

            if (header.Kind == LogRecordKind.Checkpoint)
            {
                if (header.Flags.HasFlag(LogRecordFlags.Opened))
                {
                    // What had not ended before this never will.
                    unfinished.Clear();
                }
            }
            else if (!SystemDatabases.Contains(header.Database))
            {
                Add(new RedoRecord(segment, header), whole, unfinished);
            }
        }

        return to;
    }

    private static void Add(RedoRecord record, List<List<RedoRecord>> whole, Dictionary<DatabaseId, List<RedoRecord>> unfinished)
    {
        var header = record.Header;
        if (!unfinished.Remove(header.Database, out var parts) || parts[0].Header.Number != header.Number)
        {
            if (header.Flags.HasFlag(LogRecordFlags.Continued))
            {
                // Its beginning is in a part of the log that is missing.
                return;
            }

            parts = [];
        }

        parts.Add(record);
        if (header.Flags.HasFlag(LogRecordFlags.Continues))
        {
            unfinished.Add(header.Database, parts);
        }
        else
        {
            whole.Add(parts);
        }
    }

    private UnsealedCommits With(IEnumerable<List<RedoRecord>> commits)
    {
        foreach (var parts in commits)
        {
            Add(parts);
        }

        return this;
    }

    private void Add(List<RedoRecord> parts)
    {
        var database = parts[0].Header.Database.Value;
        if (!_byDatabase.TryGetValue(database, out var records))
        {
            _byDatabase.Add(database, records = []);
        }

        records.AddRange(parts);
    }
}
