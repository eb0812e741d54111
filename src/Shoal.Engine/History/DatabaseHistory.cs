namespace Shoal.Engine.History;

/// <summary>All blocks of one database, and what can be restored from them.</summary>
/// <remarks>A plain calculation on indexes, without I/O.</remarks>
internal sealed class DatabaseHistory
{
    private readonly List<PlacedEntry> _snapshots;
    private readonly List<PlacedEntry> _commits;
    private readonly List<CommitRun> _runs = [];

    /// <param name="entries">Its blocks, from all packs.</param>
    public DatabaseHistory(IEnumerable<PlacedEntry> entries)
    {
        var sorted = entries.ToList();
        sorted.Sort(static (left, right) => PackEntry.Compare(left.Entry, right.Entry));
        _snapshots = sorted.FindAll(static placed => placed.Entry.Kind == PackEntryKind.Snapshot);
        _commits = sorted.FindAll(static placed => placed.Entry.Kind == PackEntryKind.Commits);
        FindRuns();
    }

    /// <summary>What can be restored, oldest first.</summary>
    public IReadOnlyList<CommitRun> Runs => _runs;

    /// <summary>Whether a commit can be restored.</summary>
    public bool Has(uint epoch, ulong number) => _runs.Exists(run => run.Contains(epoch, number));

    /// <summary>The ways to put a commit together, the quickest first; the others are for when a pack can not be read.</summary>
    public IEnumerable<RestorePlan> Plans(uint epoch, ulong number)
    {
        var bases = _snapshots.Where(placed => placed.Entry.Epoch == epoch && placed.Entry.Last <= number)
            .GroupBy(static placed => (placed.Entry.Last, placed.Pack))
            .OrderByDescending(static group => group.Key.Last);
        foreach (var snapshot in bases)
        {
            if (BlocksBetween(epoch, snapshot.Key.Last, number) is { } blocks)
            {
                yield return new RestorePlan(number, snapshot.Key.Last,
                    [.. snapshot.OrderBy(static placed => placed.Entry.Offset)], blocks);
            }
        }

        var isBorn = _commits.Exists(placed => placed.Entry.Epoch == epoch && placed.Entry.Flags.HasFlag(PackEntryFlags.Born));
        if ((isBorn || (number == 0 && _snapshots.Count == 0)) && BlocksBetween(epoch, 0, number) is { } all)
        {
            yield return new RestorePlan(number, 0, [], all);
        }
    }

    /// <summary>The block with the newest commit that is not after a moment; null when all are later.</summary>
    /// <param name="time">Units: microseconds since 1970.</param>
    public PlacedEntry? NewestUntil(long time)
    {
        PlacedEntry? newest = null;
        foreach (var placed in _commits.Concat(_snapshots))
        {
            // A snapshot's time is when it was taken, which is not before its commit.
            if (placed.Entry.FirstTime <= time && (newest is not { } best
                || (placed.Entry.Epoch, placed.Entry.First).CompareTo((best.Entry.Epoch, best.Entry.First)) >= 0))
            {
                newest = placed;
            }
        }

        return newest;
    }

    private List<PlacedEntry>? BlocksBetween(uint epoch, ulong from, ulong to)
    {
        var blocks = new List<PlacedEntry>();
        var reached = from;
        foreach (var placed in _commits)
        {
            var entry = placed.Entry;
            if (entry.Epoch != epoch || entry.First > to || entry.Last <= from)
            {
                continue;
            }

            if (entry.Follows > reached)
            {
                return null;
            }

            blocks.Add(placed);
            reached = Math.Max(reached, entry.Last);
        }

        return reached >= to ? blocks : null;
    }

    private void FindRuns()
    {
        foreach (var placed in _commits.Concat(_snapshots)
            .OrderBy(static placed => placed.Entry, Comparer<PackEntry>.Create(PackEntry.Compare)))
        {
            var entry = placed.Entry;
            var start = entry.Kind == PackEntryKind.Snapshot
                ? new CommitRun(entry.Epoch, entry.Last, entry.FirstTime, entry.Last, entry.LastTime)
                : entry.Flags.HasFlag(PackEntryFlags.Born) ? new CommitRun(entry.Epoch, 0, entry.FirstTime, 0, entry.FirstTime)
                : (CommitRun?)null;
            if (start is { } run && !(_runs.Count > 0 && _runs[^1].Contains(run.Epoch, run.First)))
            {
                _runs.Add(Extend(run));
            }
        }
    }

    private CommitRun Extend(CommitRun run)
    {
        foreach (var placed in _commits)
        {
            var entry = placed.Entry;
            if (entry.Epoch == run.Epoch && entry.Follows <= run.Last && entry.Last > run.Last)
            {
                run = run with { Last = entry.Last, LastTime = entry.LastTime };
            }
        }

        return run;
    }
}
