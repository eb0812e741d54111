using Shoal.Engine.Catalog;
using Shoal.Engine.Storage;
using Shoal.Protocol;

namespace Shoal.Engine.History;

/// <summary>Lets go of history that nobody can ask for any more.</summary>
/// <remarks>
/// What is needed for a moment is the newest snapshot before it and every commit since. So a block may go when a newer snapshot
/// is older than the oldest moment that is promised, or when its database is gone. Past the budget that is the oldest moment for
/// which what is needed has room, whatever packs the blocks are in. A pack of which little is needed is copied without the rest.
/// Where databases have times of their own, so is one with anything that has not been needed for a day: others may need the pack for
/// long. A pack of which something needed can not be read stays as it is.
/// Thread: the keeper's.
/// </remarks>
internal sealed class HistoryRetention(HistoryFolder folder, EngineOptions options, OwnRetention own, DamagedPacks damaged)
{
    private const int DiskShare = 4;

    /// <summary>Past the budget a pack is copied when such a part of it is not needed, otherwise when half of it is not.</summary>
    private const int WasteShare = 8;

    /// <summary>
    /// A pack is copied for the sake of one database when something has not been needed for so long; then everything goes that is
    /// not, so that a pack is copied once in this time and not each hour.
    /// </summary>
    private static readonly TimeSpan OwnDelay = TimeSpan.FromDays(1);

    /// <summary>What there is beyond the budget; not positive when there is room.</summary>
    public long ExcessBytes(HistoryManifest manifest) => CountedBytes(manifest) - BytesMax;

    private long BytesMax => options.History.BytesMax ?? options.ReadDiskSpace(options.DataFolder).TotalBytes / DiskShare;

    /// <summary>Makes packs smaller, or lets them go, one after the other.</summary>
    /// <param name="manifest">The packs.</param>
    /// <param name="now">The time.</param>
    /// <param name="isKept">Whether a database, or what it was, can be asked for.</param>
    /// <returns>After each of them the manifest that is in force then; packs that it does not name are to be deleted.</returns>
    public IEnumerable<HistoryManifest> Run(HistoryManifest manifest, DateTimeOffset now, Func<DatabaseId, bool> isKept)
    {
        var budget = BytesMax;
        var oldestWithin = CountedBytes(manifest) > budget
            ? HistoryBudget.OldestWithin(budget, Counted(manifest).Select(pack => (pack, IndexOf(pack))), isKept)
            : long.MinValue;
        var ofAll = options.History.Retention;
        var (shortest, longest) = own.Range(ofAll);
        var newest = OldestWith(shortest);

        var bases = new Dictionary<DatabaseId, (uint Epoch, ulong Number)>();
        var overdue = new Dictionary<DatabaseId, (uint Epoch, ulong Number)>();
        foreach (var entry in manifest.Packs.Where(pack => pack.FirstTime <= newest).SelectMany(IndexOf))
        {
            if (entry.Kind == PackEntryKind.Snapshot)
            {
                var retention = own.Of(entry.Database) ?? ofAll;
                Raise(bases, entry, OldestWith(retention));
                if (retention < longest)
                {
                    Raise(overdue, entry, MomentBefore(retention + OwnDelay));
                }
            }
        }

        var partly = new List<(PackInfo Pack, long WasteBytes)>();
        foreach (var pack in manifest.Packs.Where(pack => manifest.Work?.Uses(pack) != true).ToArray())
        {
            var index = IndexOf(pack);
            var all = index.Sum(static entry => (long)entry.StoredBytes);
            var needed = index.Where(IsNeeded).Sum(static entry => (long)entry.StoredBytes);
            if (index.Length > 0 && (needed * 2 < all || Array.Exists(index, entry => IsBefore(overdue, entry))))
            {
                if (TryReplace(manifest, pack, Array.FindAll(index, IsNeeded)) is { } next)
                {
                    manifest = next;
                    yield return manifest;
                }
            }
            else if ((all - needed) * WasteShare >= all && all > needed)
            {
                partly.Add((pack, all - needed));
            }
        }

        foreach (var (pack, _) in partly.OrderByDescending(static one => one.WasteBytes))
        {
            if (CountedBytes(manifest) > budget
                && TryReplace(manifest, pack, Array.FindAll(IndexOf(pack), IsNeeded)) is { } next)
            {
                manifest = next;
                yield return manifest;
            }
        }

        // The oldest moment that is promised. Units: microseconds since 1970.
        long OldestWith(TimeSpan retention) => Math.Max(oldestWithin, MomentBefore(retention));

        long MomentBefore(TimeSpan time) => (now - time).ToUnixTimeMilliseconds() * 1000;

        bool IsNeeded(PackEntry entry) => isKept(entry.Database) && !IsBefore(bases, entry);
    }

    /// <summary>Remembers the newest snapshot of each database that is not after a moment.</summary>
    private static void Raise(Dictionary<DatabaseId, (uint Epoch, ulong Number)> bases, PackEntry snapshot, long moment)
    {
        if (snapshot.LastTime <= moment
            && (snapshot.Epoch, snapshot.Last).CompareTo(bases.GetValueOrDefault(snapshot.Database)) > 0)
        {
            bases[snapshot.Database] = (snapshot.Epoch, snapshot.Last);
        }
    }

    private static bool IsBefore(Dictionary<DatabaseId, (uint Epoch, ulong Number)> bases, PackEntry entry) =>
        bases.TryGetValue(entry.Database, out var whole) && entry.IsBefore(whole);

    /// <summary>All packs but those that are being put together of others: they are there twice.</summary>
    private static IEnumerable<PackInfo> Counted(HistoryManifest manifest) =>
        manifest.Packs.Where(pack => manifest.Work?.Outputs.Contains(pack.Serial) != true);

    private static long CountedBytes(HistoryManifest manifest) => Counted(manifest).Sum(static pack => pack.Bytes);

    private PackEntry[] IndexOf(PackInfo pack)
    {
        try
        {
            using var reader = PackReader.Open(folder.PathOf(pack.Name));
            return [.. reader.ReadIndex()];
        }
        catch (EngineException)
        {
            // A damaged one stays as it is: whoever needs it hears of it.
            return [];
        }
    }

    /// <summary>As <see cref="Replace"/>; null when something needed can not be read, and then nothing has changed.</summary>
    private HistoryManifest? TryReplace(HistoryManifest manifest, PackInfo old, PackEntry[] needed)
    {
        if (needed.Length > 0 && damaged.Contains(old))
        {
            return null;
        }

        try
        {
            return Replace(manifest, old, needed);
        }
        catch (PackDamagedException error)
        {
            damaged.Note(error);
            return null;
        }
    }

    private HistoryManifest Replace(HistoryManifest manifest, PackInfo old, PackEntry[] needed)
    {
        var packs = manifest.Packs.ToList();
        var place = packs.IndexOf(old);
        packs.RemoveAt(place);
        var next = manifest with { Packs = packs };
        if (needed.Length > 0)
        {
            using var reader = PackReader.Open(folder.PathOf(old.Name));
            var header = reader.Header;
            header = header with { Level = header.Level == PackLevel.Commits ? PackLevel.Merged : header.Level };
            var name = HistoryFolder.NameOf(manifest.NextPack, header);
            using var writer = folder.Begin(name, header);
            var buffer = new BlockBuffer();
            foreach (var entry in needed)
            {
                writer.Copy(entry, reader.ReadStored(entry, buffer).Span);
            }

            packs.Insert(place, folder.Publish(name, writer));
            next = next with { NextPack = manifest.NextPack + 1 };
        }

        folder.Save(next);
        return next;
    }
}
