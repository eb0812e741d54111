using Shoal.Engine.Catalog;
using Shoal.Engine.Log;
using Shoal.Protocol;
using Shoal.Sqlite;

namespace Shoal.Engine.History;

/// <summary>Takes snapshots of the databases that need one: many in a pack, or of a large one by a thread of its own.</summary>
/// <remarks>Thread: the keeper's. Owns: what writes large ones.</remarks>
internal sealed class HistorySnapshots(HistoryFolder folder, DurableStore store, SnapshotWriter writer, HistoryChains chains,
    DatabaseCatalog catalog, uint epoch, Func<HistoryReading> read, string scratch) : IDisposable
{
    /// <summary>A pack gets no further snapshot beyond this. Units: bytes.</summary>
    private const long PackBytes = 64 * 1024 * 1024;

    private readonly SortedDictionary<Guid, bool> _due = [];

    /// <summary>Databases of which a snapshot is being written that may be of before a gap.</summary>
    private readonly HashSet<DatabaseId> _again = [];
    private LargeSnapshots? _large;

    /// <summary>From which size on a database is large. Units: bytes.</summary>
    public required long LargeBytes { get; init; }

    /// <summary>How long the file of a database is. Units: bytes.</summary>
    public required Func<DatabaseId, long> FileBytes { get; init; }

    /// <summary>Told on another thread when a large snapshot has ended: <see cref="Step"/> takes it.</summary>
    public required Action LargeEnded { get; init; }

    /// <summary>Told why a large snapshot could not be taken.</summary>
    public required Action<Exception> LargeFailed { get; init; }

    /// <summary>Ends what is under way.</summary>
    public required CancellationToken Stopping { get; init; }

    /// <summary>Whether a large snapshot is being written, or waits for it.</summary>
    public bool IsAnyUnderWay => _large?.IsAny == true;

    /// <summary>Told of a database when what its snapshot will hold is fixed, though not written yet. Thread: any.</summary>
    public Action<DatabaseId>? Begun { get; init; }

    /// <summary>Notes all databases that need a snapshot now.</summary>
    /// <param name="requests">What was asked for.</param>
    /// <param name="withoutBase">Databases whose commits are of no use without one.</param>
    /// <param name="isShortOfRoom">Whether there are to be more of them, so that what lies before can go.</param>
    /// <param name="changedBefore">Changes that are older than this want one. Units: microseconds since 1970.</param>
    public void AddDue(List<HistoryRequest> requests, IEnumerable<DatabaseId> withoutBase, bool isShortOfRoom, long changedBefore)
    {
        Add(chains.All
            .Where(pair => pair.Value.IsLong(isShortOfRoom) || (pair.Value.ChangedSince != 0 && pair.Value.ChangedSince < changedBefore))
            .Select(static pair => pair.Key), isWhole: true);
        Add(requests.Where(static request => request.Kind == HistoryRequestKind.Snapshot).Select(static request => request.Database)
            .Concat(withoutBase), isWhole: false);
        if (requests.Find(static request => request.Kind == HistoryRequestKind.Bases) is { } bases)
        {
            Add(chains.WithoutBase(catalog, bases.IsEpochWhole ? null : epoch), isWhole: false);
        }
    }

    /// <summary>Commits are missing from packs: what comes after them has no base but a snapshot of after the gap.</summary>
    /// <param name="databases">Those that have had commits which are not in packs.</param>
    public void AddBehindGap(IEnumerable<DatabaseId> databases)
    {
        Add(databases, isWhole: false);
        _again.UnionWith(_large?.Databases ?? []);
    }

    /// <summary>Those of them that exist are noted.</summary>
    /// <param name="databases">Which.</param>
    /// <param name="isWhole">Whether packs have all of it; if not, the database itself has to be read.</param>
    private void Add(IEnumerable<DatabaseId> databases, bool isWhole)
    {
        foreach (var id in databases.Where(id => catalog.Find(id) is not null))
        {
            _due[id.Value] = isWhole && _due.GetValueOrDefault(id.Value, true);
        }
    }

    /// <summary>Whether a large snapshot of a database is being written, or waits for it: commits from now on are of use.</summary>
    public bool IsUnderWay(DatabaseId id) => _large?.Contains(id) == true;

    /// <summary>Takes the next pack of a large database that is ready, or writes the next of others; null when there is none.</summary>
    public HistoryManifest? Step(HistoryManifest manifest) => TakeLarge(manifest) ?? WritePack(manifest);

    public void Dispose() => _large?.Dispose();

    private HistoryManifest? TakeLarge(HistoryManifest manifest)
    {
        while (_large?.Take() is { } snapshot)
        {
            if (snapshot.Pack is not null)
            {
                _due.Remove(snapshot.Order.Database.Value);
            }

            if (_again.Remove(snapshot.Order.Database))
            {
                Add([snapshot.Order.Database], isWhole: false);
            }

            if (snapshot.Pack is null)
            {
                Forget(snapshot.Order);
                if (catalog.Find(snapshot.Order.Database) is not null && !Stopping.IsCancellationRequested)
                {
                    LargeFailed(snapshot.Error!);
                }

                continue;
            }

            using var pack = snapshot.Pack;
            try
            {
                var name = HistoryFolder.NameOf(manifest.NextPack, snapshot.Header);
                return Add(manifest, pack, folder.Publish(name, snapshot.Written, pack));
            }
            catch
            {
                Forget(snapshot.Order);
                throw;
            }
        }

        return null;
    }

    /// <summary>Commits that came while its base was being written have none now.</summary>
    private void Forget(in SnapshotOrder order)
    {
        if (!order.IsWhole)
        {
            chains.Of(order.Database).ForgetCommits();
        }
    }

    private HistoryManifest? WritePack(HistoryManifest manifest)
    {
        if (_due.Count == 0)
        {
            return null;
        }

        var at = store.Log.Durable;
        var header = new PackHeader(PackLevel.Snapshots, store.Log.Epoch, at, at);
        var name = HistoryFolder.NameOf(manifest.NextPack, header);
        using var pack = folder.Begin(name, header);
        var written = new List<Guid>();
        foreach (var (guid, isWhole) in _due.ToArray())
        {
            if (pack.LengthBytes >= PackBytes)
            {
                break;
            }

            Stopping.ThrowIfCancellationRequested();
            var id = new DatabaseId(guid);
            var chain = chains.Of(id);
            var order = new SnapshotOrder(id, isWhole, chain.Epoch, chain.Last);
            if (Math.Max(chain.SizeBytes, FileBytes(id)) >= LargeBytes)
            {
                _due.Remove(guid);
                _large ??= new LargeSnapshots(folder, store.Log, Write, LargeEnded);
                _large.Add(order);
                continue;
            }

            try
            {
                Write(order, pack, rest: null);
                written.Add(guid);
            }
            catch (Exception error) when (error is EngineException or SqliteException)
            {
                _due.Remove(guid);
                if (pack.IsOpen)
                {
                    throw;
                }

                // It was deleted meanwhile, or can not be opened: nothing of it is in the pack.
            }
        }

        var next = pack.Entries.Count == 0 ? null : Add(manifest, pack, folder.Publish(name, pack));

        // Not before: what the disk refused is due at the next step again.
        written.ForEach(guid => _due.Remove(guid));
        return next;
    }

    private HistoryManifest Add(HistoryManifest manifest, PackWriter pack, PackInfo published)
    {
        var next = manifest with { NextPack = manifest.NextPack + 1, Packs = [.. manifest.Packs, published] };
        folder.Save(next);
        foreach (var entry in pack.Entries)
        {
            chains.Note(entry);
        }

        return next;
    }

    /// <summary>Writes a snapshot. Thread: any.</summary>
    private void Write(SnapshotOrder order, PackWriter pack, Action? rest)
    {
        if (!order.IsWhole || !TryWriteFromPacks(order, pack, rest))
        {
            // What packs do not give, the database itself does.
            writer.WriteAsync(order.Database, pack, () => Begun?.Invoke(order.Database)).GetAwaiter().GetResult();
        }
    }

    /// <summary>Puts the newest state together from packs: nobody who uses the database notices.</summary>
    private bool TryWriteFromPacks(in SnapshotOrder order, PackWriter pack, Action? rest)
    {
        var id = order.Database;
        using var reading = read();
        var history = reading.Find(id);
        if (history.Runs.Count == 0 || history.Runs[^1] is var run && (run.Epoch, run.Last).CompareTo((order.Epoch, order.Last)) < 0)
        {
            return false;
        }

        using var file = new RestoredFile(scratch);
        try
        {
            var plan = history.Plans(run.Epoch, run.Last, reading.Holds).First();
            new DatabaseBuilder(id, name => reading.Open(name, rest)) { Stopping = Stopping }.Build(plan, file.Path, isDurable: false);
        }
        catch (EngineException error) when (error.Kind == EngineErrorKind.Corruption)
        {
            return false;
        }

        SnapshotWriter.WriteFile(id, run, file.Path, pack);
        return true;
    }
}
