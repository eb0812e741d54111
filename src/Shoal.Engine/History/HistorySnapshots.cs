using Shoal.Engine.Log;
using Shoal.Protocol;
using Shoal.Sqlite;

namespace Shoal.Engine.History;

/// <summary>Takes snapshots of the databases that need one, many in a pack.</summary>
/// <remarks>Thread: the keeper's.</remarks>
internal sealed class HistorySnapshots(HistoryFolder folder, DurableStore store, SnapshotWriter writer, HistoryChains chains,
    Func<HistoryReading> read, string scratch)
{
    /// <summary>A pack gets no further snapshot beyond this. Units: bytes.</summary>
    private const long PackBytes = 64 * 1024 * 1024;

    private readonly SortedDictionary<Guid, bool> _due = [];

    /// <summary>Notes databases that need a snapshot.</summary>
    /// <param name="databases">Which.</param>
    /// <param name="isWhole">Whether packs have all of it; if not, the database itself has to be read.</param>
    public void Add(IEnumerable<DatabaseId> databases, bool isWhole)
    {
        foreach (var id in databases)
        {
            _due[id.Value] = isWhole && _due.GetValueOrDefault(id.Value, true);
        }
    }

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
            var (guid, isWhole) = _due.First();
            var id = new DatabaseId(guid);
            _due.Remove(guid);
            try
            {
                if (!isWhole || !TryWriteFromPacks(id, pack))
                {
                    // What packs do not give, the database itself does.
                    writer.WriteAsync(id, pack).GetAwaiter().GetResult();
                }
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

    /// <summary>Puts the newest state together from packs: nobody who uses the database notices.</summary>
    private bool TryWriteFromPacks(DatabaseId id, PackWriter pack)
    {
        using var reading = read();
        var history = reading.Find(id);
        if (history.Runs.Count == 0 || history.Runs[^1] is var run && (run.Epoch, run.Last) != (chains.Of(id).Epoch, chains.Of(id).Last))
        {
            return false;
        }

        using var file = new RestoredFile(scratch);
        try
        {
            var plan = history.Plans(run.Epoch, run.Last, reading.Holds).First();
            new DatabaseBuilder(id, reading.Open).Build(plan, file.Path);
        }
        catch (EngineException error) when (error.Kind == EngineErrorKind.Corruption)
        {
            return false;
        }

        SnapshotWriter.WriteFile(id, run, file.Path, pack);
        return true;
    }
}
