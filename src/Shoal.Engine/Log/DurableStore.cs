using Microsoft.Extensions.Logging;
using Shoal.Engine.Catalog;
using Shoal.Engine.Storage;
using Shoal.Protocol;

namespace Shoal.Engine.Log;

/// <summary>The commit log of a data folder with all that belongs to it: recovery, tracking, checkpoints.</summary>
/// <remarks>Thread: safe for any. Owns: the log and the checkpointer.</remarks>
internal sealed class DurableStore : IDisposable
{
    private readonly RedoIndex _redo;
    private readonly HashSet<DatabaseId> _opened = [];
    private readonly Dictionary<DatabaseId, ulong> _numbers = [];
    private readonly Lock _gate = new();

    private DurableStore(CommitLog log, RecoveredLog recovered)
    {
        _redo = recovered.Redo;
        Log = log;
        _numbers[DatabaseCatalog.Id] = recovered.CatalogNumber;
        foreach (var database in _redo.Databases)
        {
            if (_redo.TryGet(database, out var records))
            {
                var last = records[^1].Header;
                Tracker.Appending(database, records[0].Header.Position);
                Tracker.Appended(database, last.End);
                RememberNumber(database, last.Number);
            }
        }
    }

    public CommitLog Log { get; }

    public CommitTracker Tracker { get; } = new();

    /// <summary>Called by writers whose WAL has grown; null while nobody checkpoints.</summary>
    public Action<DatabaseId>? CheckpointRequested { get; set; }

    /// <summary>Databases whose files still lack commits of an earlier run.</summary>
    public IReadOnlyList<DatabaseId> Unrecovered => _redo.Databases;

    /// <summary>Recovers the log of a folder and starts to write behind it.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="options">How the engine was opened.</param>
    /// <param name="metrics">Counts flushes.</param>
    /// <param name="keepFrom">What history has not got yet begins here; null when no history is kept.</param>
    /// <exception cref="EngineException">The log is damaged.</exception>
    public static DurableStore Open(
        DataFolder folder, EngineOptions options, EngineMetrics metrics, LogPosition? keepFrom = null)
    {
        var path = folder.LogPath;
        SegmentPool? pool = null;
        RecoveredLog? recovered = null;
        try
        {
            var newestBegun = NewestSegment.Read(folder.NewestSegmentPath);
            pool = new SegmentPool(path, options.Limits.LogSegmentBytes, LogRecovery.LastName(path) + 1,
                NewestSegment.Open(folder.NewestSegmentPath));
            recovered = LogRecovery.Run(path, newestBegun, pool, keepFrom);
            var log = new CommitLog(pool, recovered, options.TimeProvider, metrics, AbortProcess);
            var store = new DurableStore(log, recovered);
            log.AppendCheckpoint(recovered.OldestNeeded, recovered.CatalogNumber, opened: true);
            EngineLog.LogRecovered(options.LoggerFactory.CreateLogger<DurableStore>(), recovered.Redo.Databases.Count);
            return store;
        }
        catch (Exception error)
        {
            recovered?.CloseSegments();
            pool?.Dispose();
            if (error is IOException or UnauthorizedAccessException)
            {
                throw new EngineException(EngineErrorKind.StorageUnavailable,
                    $"the commit log in {path} can not be used: {error.Message}",
                    "Free disk space or fix the permissions or the file system, then start again.", innerException: error);
            }

            throw;
        }
    }

    /// <summary>Makes a database's file true before it is opened for the first time in this process.</summary>
    public void BeforeOpen(DatabaseId id, string path)
    {
        lock (_gate)
        {
            if (!_opened.Add(id))
            {
                return;
            }
        }

        try
        {
            DatabaseRedo.DiscardWal(path);
            if (_redo.TryGet(id, out var records))
            {
                DatabaseRedo.Apply(id, path, records);
                _redo.Remove(id);
                Tracker.Checkpointed(id, records[^1].Header.End);
            }
        }
        catch (Exception error)
        {
            lock (_gate)
            {
                _opened.Remove(id);
            }

            if (error is IOException or UnauthorizedAccessException)
            {
                throw new EngineException(EngineErrorKind.StorageUnavailable,
                    $"the file of database {id} can not be brought up to date from the log: {error.Message}",
                    "Free disk space or fix the file system, then try again; the log keeps what the file lacks.", id, error);
            }

            throw;
        }
    }

    /// <summary>A database is gone for good.</summary>
    public void Forget(DatabaseId id)
    {
        _redo.Remove(id);
        Tracker.Forget(id);
        lock (_gate)
        {
            _opened.Remove(id);
            _numbers.Remove(id);
        }
    }

    /// <summary>Number of the last commit of a database; 0 before its first.</summary>
    public ulong NumberOf(DatabaseId id)
    {
        lock (_gate)
        {
            return _numbers.GetValueOrDefault(id);
        }
    }

    /// <summary>The same of several; those that have no commits, or are gone, are left out.</summary>
    public IReadOnlyDictionary<DatabaseId, ulong> NumbersOf(IEnumerable<DatabaseId> databases)
    {
        lock (_gate)
        {
            return databases.Where(_numbers.ContainsKey).ToDictionary(static id => id, id => _numbers[id]);
        }
    }

    /// <summary>Learns a number from the catalog or from a commit; smaller ones than known are passed over.</summary>
    public void RememberNumber(DatabaseId id, ulong number)
    {
        lock (_gate)
        {
            _numbers[id] = Math.Max(number, _numbers.GetValueOrDefault(id));
        }
    }

    public void Dispose() => Log.Dispose();

    /// <summary>The log can not be written: what SQLite shows is ahead of what is durable, so nobody may see more of it.</summary>
    public void Abort(Exception error) => AbortProcess(error);

    private static void AbortProcess(Exception error) => Environment.FailFast(
        $"The commit log can not be written: {error.Message}. Nothing that was acknowledged is lost; start again when the "
        + "disk works.", error);
}
