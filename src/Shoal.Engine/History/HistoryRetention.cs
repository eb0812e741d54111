using Shoal.Engine.Storage;
using Shoal.Protocol;

namespace Shoal.Engine.History;

/// <summary>Lets go of history that nobody can ask for any more.</summary>
/// <remarks>
/// What is needed for a moment is the newest snapshot before it and every commit since. So a block may go when a newer snapshot
/// is older than the oldest moment that is promised, or when its database is gone. A pack of which little is needed is copied
/// without the rest. Thread: the keeper's.
/// </remarks>
internal sealed class HistoryRetention(HistoryFolder folder, EngineOptions options)
{
    private const int DiskShare = 4;

    /// <summary>Makes packs smaller, or lets them go, one after the other.</summary>
    /// <param name="manifest">The packs.</param>
    /// <param name="cutoff">The oldest moment that is promised.</param>
    /// <param name="isKept">Whether a database, or what it was, can be asked for.</param>
    /// <returns>After each of them the manifest that is in force then; packs that it does not name are to be deleted.</returns>
    public IEnumerable<HistoryManifest> Run(HistoryManifest manifest, DateTimeOffset cutoff, Func<DatabaseId, bool> isKept)
    {
        var oldest = OldestPromised(manifest, cutoff.ToUnixTimeMilliseconds() * 1000);
        var bases = new Dictionary<DatabaseId, (uint Epoch, ulong Number)>();
        foreach (var entry in manifest.Packs.Where(pack => pack.FirstTime <= oldest).SelectMany(IndexOf))
        {
            if (entry.Kind == PackEntryKind.Snapshot && entry.LastTime <= oldest
                && (entry.Epoch, entry.Last).CompareTo(bases.GetValueOrDefault(entry.Database)) > 0)
            {
                bases[entry.Database] = (entry.Epoch, entry.Last);
            }
        }

        foreach (var pack in manifest.Packs.Where(pack => manifest.Work?.Uses(pack) != true).ToArray())
        {
            var index = IndexOf(pack).ToArray();
            var needed = Array.FindAll(index, entry => isKept(entry.Database)
                && !(bases.TryGetValue(entry.Database, out var whole) && IsBefore(entry, whole)));
            if (index.Length > 0
                && needed.Sum(static entry => (long)entry.StoredBytes) * 2 < index.Sum(static entry => (long)entry.StoredBytes))
            {
                manifest = Replace(manifest, pack, needed);
                yield return manifest;
            }
        }
    }

    /// <summary>A snapshot itself is needed, the commits before it are not.</summary>
    private static bool IsBefore(PackEntry entry, (uint Epoch, ulong Number) whole) => entry.Kind == PackEntryKind.Snapshot
        ? (entry.Epoch, entry.Last).CompareTo(whole) < 0
        : (entry.Epoch, entry.Last).CompareTo(whole) <= 0;

    /// <summary>Past the budget the oldest packs go before their time.</summary>
    private long OldestPromised(HistoryManifest manifest, long cutoff)
    {
        var budget = options.History.BytesMax ?? options.ReadDiskSpace(options.DataFolder).TotalBytes / DiskShare;
        var excess = manifest.PackBytes - budget;
        foreach (var pack in manifest.Packs.OrderBy(static pack => pack.LastTime))
        {
            if (excess <= 0)
            {
                break;
            }

            cutoff = Math.Max(cutoff, pack.LastTime);
            excess -= pack.Bytes;
        }

        return cutoff;
    }

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
            foreach (var entry in needed)
            {
                writer.Copy(entry, reader.ReadStored(entry));
            }

            packs.Insert(place, folder.Publish(name, writer));
            next = next with { NextPack = manifest.NextPack + 1 };
        }

        folder.Save(next);
        return next;
    }
}
