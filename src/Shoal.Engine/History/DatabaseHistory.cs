namespace Shoal.Engine.History;

/// <summary>All blocks of one database, and what can be restored from them.</summary>
/// <remarks>
/// A plain calculation on indexes, without I/O. The same commit may be in several blocks, as while packs are put together.
/// </remarks>
internal sealed class DatabaseHistory
{
    private readonly List<PlacedEntry> _snapshots;
    private readonly List<PlacedEntry> _commits;
    private readonly IReadOnlyList<CommitGroup> _groups;
    private readonly List<CommitRun> _runs = [];

    /// <param name="entries">Its blocks, from all packs.</param>
    public DatabaseHistory(IEnumerable<PlacedEntry> entries)
    {
        var sorted = entries.ToList();
        sorted.Sort(static (left, right) => PackEntry.Compare(left.Entry, right.Entry));
        _snapshots = sorted.FindAll(static placed => placed.Entry.Kind == PackEntryKind.Snapshot);
        _commits = sorted.FindAll(static placed => placed.Entry.Kind == PackEntryKind.Commits);
        _groups = CommitGroup.Of(_commits);
        FindRuns();
    }

    /// <summary>What can be restored, oldest first.</summary>
    public IReadOnlyList<CommitRun> Runs => _runs;

    /// <summary>
    /// Whether nobody knows what a database was like at a time: commits are missing between a state and what is known next.
    /// </summary>
    /// <param name="state">The newest known state of that time and before.</param>
    /// <param name="time">The time. Units: microseconds since 1970.</param>
    public bool IsInGap((uint Epoch, ulong Number) state, long time)
    {
        var next = _runs.Find(run => run.Epoch == state.Epoch && run.First > state.Number);
        return next.First > state.Number + 1 && time < next.FirstTime;
    }

    /// <summary>All blocks.</summary>
    public IEnumerable<PlacedEntry> Blocks => _commits.Concat(_snapshots);

    /// <summary>The blocks of commits between which a commit lies, whether it is in them or was left out.</summary>
    public IEnumerable<PlacedEntry> BlocksAround(uint epoch, ulong number) => _commits.Where(placed =>
        placed.Entry.Epoch == epoch && placed.Entry.Follows <= number && placed.Entry.Last >= number);

    /// <summary>The ways to put a commit together, the quickest first; the others are for when a pack can not be read.</summary>
    /// <param name="epoch">Epoch of its bookmark.</param>
    /// <param name="number">Its number.</param>
    /// <param name="holds">Says of a block that leaves commits out whether it has a commit.</param>
    public IEnumerable<RestorePlan> Plans(uint epoch, ulong number, Func<PlacedEntry, ulong, bool> holds)
    {
        var bases = _snapshots.Where(placed => placed.Entry.Epoch == epoch && placed.Entry.Last <= number)
            .GroupBy(static placed => (placed.Entry.Last, placed.Pack))
            .OrderByDescending(static group => group.Key.Last);
        foreach (var snapshot in bases)
        {
            if (BlocksBetween(epoch, snapshot.Key.Last, number, holds) is { } blocks)
            {
                yield return new RestorePlan(number, snapshot.Key.Last,
                    [.. snapshot.OrderBy(static placed => placed.Entry.Offset)], blocks);
            }
        }

        var isBorn = _commits.Exists(placed => placed.Entry.Epoch == epoch && placed.Entry.Flags.HasFlag(PackEntryFlags.Born));
        if ((isBorn || (number == 0 && _snapshots.Count == 0)) && BlocksBetween(epoch, 0, number, holds) is { } all)
        {
            yield return new RestorePlan(number, 0, [], all);
        }
    }

    /// <summary>The fewest blocks that lead from one state to another; null when commits are missing.</summary>
    /// <param name="epoch">Epoch of both.</param>
    /// <param name="from">The commit of the one.</param>
    /// <param name="to">The commit of the other, a later one.</param>
    /// <param name="holds">Says of a block that leaves commits out whether it has a commit.</param>
    public IReadOnlyList<PlacedEntry>? BlocksBetween(uint epoch, ulong from, ulong to, Func<PlacedEntry, ulong, bool> holds)
    {
        var blocks = new List<PlacedEntry>();
        for (var reached = from; reached < to;)
        {
            CommitGroup? best = null;
            foreach (var group in _groups)
            {
                if (group.Epoch != epoch || group.BuildsOn > reached || group.Last <= reached)
                {
                    continue;
                }

                if (group.First <= to && group.Last >= to && (!group.IsSparse || group.Last == to || group.First == to
                    || group.Blocks.Any(placed => placed.Entry.First <= to && placed.Entry.Last >= to && holds(placed, to))))
                {
                    blocks.AddRange(group.Blocks);
                    return blocks;
                }

                // What leaves commits out, and goes beyond, may have none where it would have to end.
                best = group.Last <= to && (best is null || group.Last > best.Last) ? group : best;
            }

            if (best is null)
            {
                return null;
            }

            blocks.AddRange(best.Blocks);
            reached = best.Last;
        }

        return blocks;
    }

    private void FindRuns()
    {
        var starts = _snapshots
            .Select(static placed => new CommitRun(placed.Entry.Epoch, placed.Entry.Last, placed.Entry.FirstTime,
                placed.Entry.Last, placed.Entry.LastTime, placed.Entry.FirstTime))
            .Concat(_commits.Where(static placed => placed.Entry.Flags.HasFlag(PackEntryFlags.Born))
                .Select(static placed => new CommitRun(placed.Entry.Epoch, 0, placed.Entry.FirstTime, 0, placed.Entry.FirstTime,
                    placed.Entry.FirstTime)));
        foreach (var start in starts.OrderBy(static run => (run.Epoch, run.First)))
        {
            if (_runs.Count == 0 || !_runs[^1].Contains(start.Epoch, start.First))
            {
                _runs.Add(Extend(start));
            }
        }
    }

    private CommitRun Extend(CommitRun run)
    {
        for (ulong? reached = null; reached != run.Last;)
        {
            reached = run.Last;
            foreach (var group in _groups)
            {
                if (group.Epoch == run.Epoch && group.BuildsOn <= run.Last && group.Last > run.Last)
                {
                    run = run with
                    {
                        Last = group.Last,
                        LastTime = group.LastTime,
                        EveryCommitSince = group.IsSparse ? group.LastTime : run.EveryCommitSince,
                    };
                }
            }
        }

        return run;
    }
}
