using Shoal.Protocol;

namespace Shoal.Engine.History;

/// <summary>Which moments history has room for.</summary>
/// <remarks>
/// A plain calculation on indexes. Going forward from the oldest moment, what is before a snapshot is not needed any more when the
/// moment of that snapshot is reached, and not earlier, whatever pack it is in. Cost: memory for each snapshot.
/// </remarks>
internal static class HistoryBudget
{
    /// <summary>The oldest moment for which all that is needed from it on is within a budget.</summary>
    /// <param name="bytesMax">The budget. Units: bytes.</param>
    /// <param name="packs">Packs with their indexes; an empty one counts as needed. They are looked through twice.</param>
    /// <param name="isKept">Whether a database, or what it was, can be asked for.</param>
    /// <returns>
    /// Units: microseconds since 1970; <see cref="long.MinValue"/> when nothing has to go. When there is no room for the newest
    /// states alone: the moment that leaves least.
    /// </returns>
    public static long OldestWithin(
        long bytesMax, IEnumerable<(PackInfo Pack, PackEntry[] Index)> packs, Func<DatabaseId, bool> isKept)
    {
        var snapshots = packs.SelectMany(static pack => pack.Index).Where(static entry => entry.Kind == PackEntryKind.Snapshot)
            .GroupBy(static entry => entry.Database, static entry => (entry.Epoch, entry.Last, entry.LastTime))
            .ToDictionary(static group => group.Key, static group => group.Distinct().Order().ToArray());
        foreach (var row in snapshots.Values)
        {
            // What is before one is also before those after it, should their times not be in order.
            for (var index = row.Length - 2; index >= 0; index--)
            {
                row[index].LastTime = Math.Min(row[index].LastTime, row[index + 1].LastTime);
            }
        }

        var needed = 0L;
        var freed = new SortedDictionary<long, long>();
        foreach (var (pack, entries) in packs)
        {
            needed += entries.Length == 0 ? pack.Bytes : 0;
            foreach (var entry in entries.Where(entry => isKept(entry.Database)))
            {
                needed += entry.StoredBytes + PackEntry.Bytes;
                var row = snapshots.GetValueOrDefault(entry.Database, []);
                var place = Array.FindIndex(row, snapshot => entry.IsBefore((snapshot.Epoch, snapshot.Last)));
                if (place >= 0)
                {
                    freed[row[place].LastTime] = freed.GetValueOrDefault(row[place].LastTime) + entry.StoredBytes + PackEntry.Bytes;
                }
            }
        }

        var oldest = long.MinValue;
        foreach (var (time, bytes) in freed)
        {
            if (needed <= bytesMax)
            {
                break;
            }

            needed -= bytes;
            oldest = time;
        }

        return oldest;
    }
}
