using System.Globalization;
using System.Runtime.ExceptionServices;
using Shoal.Engine.Storage;
using Shoal.Protocol;

namespace Shoal.Engine.History.Stores;

/// <summary>Puts the databases of a node together from fetched packs, several at once, and checks each.</summary>
internal sealed class DatabaseRebuilder(DataFolder folder, HistoryFolder history, HistoryManifest manifest,
    IReadOnlyList<PackInfo> damaged, NodeRestoreOptions options, IProgress<NodeRestoreProgress> progress)
{
    /// <summary>The indexes are read once for so many databases.</summary>
    private const int DatabasesAtOnce = 4_096;

    /// <summary>Makes the files of databases.</summary>
    /// <exception cref="EngineException">The wanted moment is not past, or the disk refused.</exception>
    public IReadOnlyList<RestoredDatabase> Run(IReadOnlyList<RestorableDatabase> databases, CancellationToken cancellation)
    {
        var restored = new RestoredDatabase[databases.Count];
        var done = 0L;
        foreach (var slice in Enumerable.Range(0, databases.Count).Chunk(DatabasesAtOnce))
        {
            var blocks = ReadIndexes(slice.Select(index => databases[index].Id).ToHashSet());
            try
            {
                Parallel.ForEach(slice,
                    new ParallelOptions { CancellationToken = cancellation, MaxDegreeOfParallelism = Environment.ProcessorCount },
                    index =>
                    {
                        restored[index] = Restore(databases[index], blocks[databases[index].Id]);
                        progress.Report(new NodeRestoreProgress("Restoring databases", Interlocked.Increment(ref done), databases.Count));
                    });
            }
            catch (AggregateException error)
            {
                ExceptionDispatchInfo.Throw(error.InnerExceptions[0]);
            }
        }

        return restored;
    }

    private ILookup<DatabaseId, PlacedEntry> ReadIndexes(HashSet<DatabaseId> wanted) => manifest.Packs.SelectMany(pack =>
    {
        using var reader = PackReader.Open(history.PathOf(pack.Name));
        return reader.ReadIndex().Where(entry => wanted.Contains(entry.Database))
            .Select(entry => new PlacedEntry(pack.Name, entry)).ToList();
    }).ToLookup(static placed => placed.Entry.Database);

    private RestoredDatabase Restore(RestorableDatabase database, IEnumerable<PlacedEntry> blocks)
    {
        var found = new DatabaseHistory(blocks);
        using var reading = new HistoryReading(manifest, history, static () => { });
        reading.Note(database.Id, found);
        using var file = new RestoredFile(folder.TemporaryPath);
        string? problem = null;
        foreach (var (number, plans, isWanted) in Candidates(database, found, reading))
        {
            problem ??= isWanted ? null : "";
            foreach (var plan in plans)
            {
                try
                {
                    file.Clear();
                    new DatabaseBuilder(database.Id, reading.Open).Build(plan, file.Path, isDurable: true);
                }
                catch (EngineException error) when (error.Kind == EngineErrorKind.Corruption)
                {
                    continue;
                }

                var bytes = new FileInfo(file.Path).Length;
                file.MoveTo(folder.DatabasePath)(database.Id);
                return new RestoredDatabase(database, number, bytes, problem is null ? null : Describe(database, found, number));
            }

            problem = "";
        }

        return new RestoredDatabase(database, null, 0, Describe(database, found, number: null));
    }

    /// <summary>The wanted state, and if it can not be told or put together, the nearest before it.</summary>
    private IEnumerable<(ulong Number, IEnumerable<RestorePlan> Plans, bool IsWanted)> Candidates(
        RestorableDatabase database, DatabaseHistory found, HistoryReading reading)
    {
        var until = options.At is { } at ? at.ToUnixTimeMilliseconds() * 1000 : long.MaxValue;
        if (options.At is not null && Locate(database, reading) is { } target)
        {
            yield return (target.Bookmark.Number, target.Plans, !MayLack(TimeBefore(found, until), until));
        }

        foreach (var run in found.Runs.Where(run => run.FirstTime <= until).OrderByDescending(static run => (run.Epoch, run.Last)))
        {
            var (number, time) = run.LastTime <= until ? (run.Last, run.LastTime) : (run.First, run.FirstTime);
            var isNewest = found.Blocks.All(placed => placed.Entry.FirstTime > until
                || (placed.Entry.Epoch, placed.Entry.Last).CompareTo((run.Epoch, number)) <= 0);
            yield return (number, found.Plans(run.Epoch, number, reading.Holds), isNewest && !MayLack(time, until));
        }

        if (database.IsBorn && !found.Blocks.Any())
        {
            yield return (0, [new RestorePlan(0, 0, [], [])], !MayLack(0, until));
        }
    }

    private RestoreTarget? Locate(RestorableDatabase database, HistoryReading reading)
    {
        var locator = new MomentLocator(database.Id, epoch: 0, current: null, database.IsBorn ? database.CreatedAt : null, reading);
        try
        {
            return locator.Locate(RestoreMoment.At(options.At!.Value), options.TimeProvider.GetUtcNow().ToUnixTimeMilliseconds() * 1000);
        }
        catch (EngineException error) when (error.Kind is EngineErrorKind.NotRestorable or EngineErrorKind.Corruption)
        {
            return null;
        }
    }

    private static long TimeBefore(DatabaseHistory found, long until) => found.Blocks.Select(static placed => placed.Entry)
        .Where(entry => entry.FirstTime <= until).Select(entry => entry.LastTime <= until ? entry.LastTime : entry.FirstTime)
        .DefaultIfEmpty().Max();

    /// <summary>Whether a pack that can not be used may have commits between what is known of a database and the wanted moment.</summary>
    private bool MayLack(long time, long until) => damaged.Any(pack => pack.LastTime > time && pack.FirstTime <= until);

    private static string Describe(RestorableDatabase database, DatabaseHistory found, ulong? number)
    {
        var run = found.Runs.Where(run => run.Last == number || run.First == number).Select(static run => (CommitRun?)run).LastOrDefault();
        return number is null ? $"{database.Name}: nothing of it can be restored, it has no base in the store yet"
            : run is null ? string.Create(CultureInfo.InvariantCulture,
                $"{database.Name}: the nearest that can be restored is commit {number}")
            : string.Create(CultureInfo.InvariantCulture,
                $"{database.Name}: the nearest that can be restored is {Time(run.Value, number.Value):yyyy-MM-ddTHH:mm:ss.fffZ}"
                + $" ({Bookmark.Of(database.Id, run.Value.Epoch, number.Value)})");
    }

    private static DateTimeOffset Time(in CommitRun run, ulong number) =>
        MomentLocator.ToTime(run.Last == number ? run.LastTime : run.FirstTime);
}
