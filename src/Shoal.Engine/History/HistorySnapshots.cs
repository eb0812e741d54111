using Shoal.Engine.Log;
using Shoal.Protocol;
using Shoal.Sqlite;

namespace Shoal.Engine.History;

/// <summary>Takes snapshots of the databases that need one, many in a pack.</summary>
/// <remarks>Thread: the keeper's.</remarks>
internal sealed class HistorySnapshots(HistoryFolder folder, DurableStore store, SnapshotWriter writer, HistoryChains chains)
{
    /// <summary>A pack gets no further snapshot beyond this. Units: bytes.</summary>
    private const long PackBytes = 64 * 1024 * 1024;

    private readonly SortedSet<Guid> _due = [];

    /// <summary>Notes databases that need a snapshot.</summary>
    public void Add(IEnumerable<DatabaseId> databases) => _due.UnionWith(databases.Select(static id => id.Value));

    /// <summary>Writes the next pack; null when no snapshot is due.</summary>
    public HistoryManifest? Step(HistoryManifest manifest)
    {
        if (_due.Count == 0)
        {
            return null;
        }

        var at = store.Log.Durable;
        var header = new PackHeader(PackLevel.Snapshots, store.Log.Epoch, at, at);
        var name = HistoryFolder.NameOf(manifest.NextPack, header);
        using var pack = folder.Begin(name, header);
        while (_due.Count > 0 && pack.LengthBytes < PackBytes)
        {
            var id = _due.Min;
            _due.Remove(id);
            try
            {
                writer.WriteAsync(new DatabaseId(id), pack).GetAwaiter().GetResult();
            }
            catch (Exception error) when (error is EngineException or SqliteException && !pack.IsOpen)
            {
                // It was deleted meanwhile, or can not be opened: nothing of it is in the pack.
                continue;
            }
        }

        if (pack.Entries.Count == 0)
        {
            return null;
        }

        var next = manifest with { NextPack = manifest.NextPack + 1, Packs = [.. manifest.Packs, folder.Publish(name, pack)] };
        folder.Save(next);
        foreach (var entry in pack.Entries)
        {
            chains.Note(entry);
        }

        return next;
    }
}
