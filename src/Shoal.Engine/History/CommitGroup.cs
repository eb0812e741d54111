namespace Shoal.Engine.History;

/// <summary>Blocks of one pack that can only be used together, for a commit goes on from one to the next.</summary>
/// <param name="Epoch">Epoch of the bookmarks.</param>
/// <param name="BuildsOn">The commit whose state the first one builds on.</param>
/// <param name="First">Number of the first commit.</param>
/// <param name="Last">Number of the last commit.</param>
/// <param name="LastTime">Its time. Units: microseconds since 1970.</param>
/// <param name="IsSparse">Whether commits in between are missing.</param>
/// <param name="Blocks">The blocks, in order.</param>
internal sealed record CommitGroup(
    uint Epoch, ulong BuildsOn, ulong First, ulong Last, long LastTime, bool IsSparse, IReadOnlyList<PlacedEntry> Blocks)
{
    /// <summary>The groups of some blocks, by age.</summary>
    /// <param name="commits">Blocks of commits of one database, sorted as in an index.</param>
    public static IReadOnlyList<CommitGroup> Of(IEnumerable<PlacedEntry> commits)
    {
        var groups = new List<CommitGroup>();
        foreach (var pack in commits.GroupBy(static placed => placed.Pack))
        {
            var blocks = new List<PlacedEntry>();
            foreach (var placed in pack)
            {
                if (blocks.Count > 0 && !(placed.Entry.Flags.HasFlag(PackEntryFlags.ContinuesBefore)
                    && blocks[^1].Entry.Flags.HasFlag(PackEntryFlags.ContinuesAfter) && blocks[^1].Entry.Last == placed.Entry.First))
                {
                    groups.Add(Of(blocks));
                    blocks = [];
                }

                blocks.Add(placed);
            }

            groups.Add(Of(blocks));
        }

        groups.Sort(static (left, right) => (left.Epoch, left.First, left.Last).CompareTo((right.Epoch, right.First, right.Last)));
        return groups;
    }

    private static CommitGroup Of(List<PlacedEntry> blocks)
    {
        var (first, last) = (blocks[0].Entry, blocks[^1].Entry);
        return new CommitGroup(first.Epoch, first.BuildsOn, first.First, last.Last, last.LastTime,
            blocks.Exists(static placed => placed.Entry.Flags.HasFlag(PackEntryFlags.Sparse)), blocks);
    }
}
