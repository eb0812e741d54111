using System.Globalization;
using Microsoft.Extensions.Logging;
using Shoal.Engine.Catalog;
using Shoal.Engine.Databases;
using Shoal.Engine.History.Stores;
using Shoal.Engine.Log;
using Shoal.Engine.Storage;
using Shoal.Protocol;
using Shoal.Sqlite;
using Shoal.Sqlite.Vfs;

namespace Shoal.Engine.History;

/// <summary>Takes databases back to what they were, and makes copies of what they were.</summary>
/// <remarks>Thread: safe for any. Needs durability mode log and <see cref="HistoryLimits.Retention"/>.</remarks>
public sealed partial class TimeTravel : IAsyncDisposable
{
    private const int RestoresAtOnceMax = 2;

    private readonly HistoryKeeper? _keeper;
    private readonly DatabaseCatalog _catalog;
    private readonly DatabaseHost _host;
    private readonly DurableStore? _store;
    private readonly DataFolder _folder;
    private readonly EngineOptions _options;
    private readonly EngineMetrics _metrics;
    private readonly ILogger _logger;
    private readonly RestoreLimiter _limiter;
    private readonly SemaphoreSlim _restores = new(RestoresAtOnceMax);
    private readonly PastViews _views;
    private readonly uint _epoch;
    private HistoryUploader? _uploader;
    private volatile bool _isStopping;

    internal TimeTravel(HistoryKeeper? keeper, DatabaseCatalog catalog, DatabaseHost host, DurableStore? store, DataFolder folder,
        EngineOptions options, EngineMetrics metrics, uint epoch)
    {
        _keeper = keeper;
        _catalog = catalog;
        _host = host;
        _store = store;
        _folder = folder;
        _options = options;
        _metrics = metrics;
        _logger = options.LoggerFactory.CreateLogger<TimeTravel>();
        _limiter = new RestoreLimiter(options);
        _epoch = epoch;
        _views = new PastViews(host, folder.TemporaryPath, options);
        if (keeper is not null)
        {
            metrics.ObserveProof(() => options.TimeProvider.GetUtcNow() - catalog.History.ProvenAt);
        }
    }

    /// <summary>The bookmark of what a database is now.</summary>
    /// <exception cref="EngineException">The database is unknown, or no history is kept.</exception>
    public Bookmark GetBookmark(DatabaseId id)
    {
        _ = Keeper;
        return Bookmark.Of(id, _epoch, _host.NumberOf(Known(id).Id));
    }

    /// <summary>The bookmark of what a database was at a moment: of its newest commit that is not later.</summary>
    /// <remarks>The same moment gives the same bookmark each time.</remarks>
    /// <exception cref="EngineException">The moment is in the future, or history does not have it.</exception>
    public async Task<Bookmark> FindBookmarkAsync(DatabaseId id, DateTimeOffset time, CancellationToken cancellationToken = default)
    {
        using var held = await HoldAsync(id, RestoreMoment.At(time), cancellationToken).ConfigureAwait(false);
        await RememberAsync(held.Bookmark, id).ConfigureAwait(false);
        return held.Bookmark;
    }

    /// <summary>Keeps the state of a bookmark that somebody was told, also when others of the same minute are left out.</summary>
    /// <remarks>For as long as history is kept; of a database at most 1,000.</remarks>
    public async Task<Bookmark> KeepBookmarkAsync(DatabaseId id)
    {
        var bookmark = GetBookmark(id);
        await RememberAsync(bookmark, id).ConfigureAwait(false);
        return bookmark;
    }

    /// <summary>As <see cref="KeepBookmarkAsync"/>; null when no history is kept or the database is gone.</summary>
    public async Task<Bookmark?> TryKeepBookmarkAsync(DatabaseId id)
    {
        if (_keeper is null || _catalog.Find(id) is null)
        {
            return null;
        }

        var bookmark = Bookmark.Of(id, _epoch, _host.NumberOf(id));
        await RememberAsync(bookmark, id).ConfigureAwait(false);
        return bookmark;
    }

    /// <summary>What can be restored of a database, oldest first; also of a deleted one.</summary>
    /// <exception cref="EngineException">The database is unknown, or no history is kept.</exception>
    public async Task<IReadOnlyList<HistoryRange>> ListAsync(DatabaseId id, CancellationToken cancellationToken = default)
    {
        _ = await CreatedAtAsync(id).ConfigureAwait(false);
        using var reading = await ReadAsync(id, cancellationToken).ConfigureAwait(false);
        return [.. (await Task.Run(() => reading.Find(id), cancellationToken).ConfigureAwait(false)).Runs.Select(run => ToRange(id, run))];
    }

    /// <summary>Deleted databases of an account that history may still have, the last deleted first.</summary>
    public Task<IReadOnlyList<DroppedDatabase>> ListDroppedAsync(string account) => _catalog.History.ListDroppedAsync(account);

    /// <summary>Creates a database that holds what another one was, also a deleted one. Nothing else is touched.</summary>
    /// <exception cref="EngineException">The moment can not be restored, the name is taken, or the disk refused.</exception>
    /// <param name="source">Whose past.</param>
    /// <param name="moment">Which state; null for the newest.</param>
    /// <param name="request">
    /// The new database. Location hint, jurisdiction and replication mode are those of the source; the request's count only when the
    /// source is deleted, as nobody knows its own any more.
    /// </param>
    /// <param name="cancellationToken">Gives up before the database exists.</param>
    public async Task<DatabaseRecord> ForkAsync(DatabaseId source, RestoreMoment? moment, NewDatabase request,
        CancellationToken cancellationToken = default)
    {
        if (_catalog.Find(source) is { } origin)
        {
            request = request with
            {
                LocationHint = origin.LocationHint,
                Jurisdiction = origin.Jurisdiction,
                ReadReplication = origin.ReadReplication,
            };
        }

        DatabaseNames.Check(request);
        _host.Space.Check(id: null);
        await BeginRestoreAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            using var reading = await ReadAsync(source, cancellationToken).ConfigureAwait(false);
            var (target, locator) = await LocateAsync(source, moment ?? Newest(source, reading), reading, cancellationToken)
                .ConfigureAwait(false);
            using var file = new RestoredFile(_folder.TemporaryPath);
            await BuildAsync(source, target, locator, reading, file, isDurable: true, cancellationToken).ConfigureAwait(false);
            var now = DateTimeOffset.FromUnixTimeMilliseconds(_options.TimeProvider.GetUtcNow().ToUnixTimeMilliseconds());
            var record = new DatabaseRecord(DatabaseId.NewRandom(), request.Account, request.Name, now, request.LocationHint,
                request.Jurisdiction, request.ReadReplication);
            Keeper.Awaited.Add(record.Id);
            try
            {
                await _catalog.AddAsync(record, _options.Limits.DatabasesPerAccountMax, file.MoveTo(_folder.DatabasePath),
                    isEmpty: false).ConfigureAwait(false);
            }
            catch
            {
                Keeper.Awaited.RemoveAll(id => id == record.Id);
                throw;
            }

            await Keeper.SnapshotAsync(record.Id).ConfigureAwait(false);
            _metrics.Restored();
            EngineLog.DatabaseCreated(_logger, record.Id);
            return record;
        }
        finally
        {
            _restores.Release();
        }
    }

    /// <summary>Uploads what is not in the history store yet, instead of waiting for the interval.</summary>
    /// <exception cref="EngineException">There is no store, or it could not be done.</exception>
    public Task UploadAsync(CancellationToken cancellationToken = default) =>
        (_uploader ?? throw new EngineException(EngineErrorKind.InvalidArgument, "this server has no history store",
            "Start it with --history-store.")).UploadAsync(cancellationToken);

    /// <summary>Begins to copy history to the store of the options, if there is one.</summary>
    internal async Task BeginUploadsAsync() => _uploader = await HistoryUploader
        .StartAsync(_keeper, _store, _host, _catalog, _folder, _options, _metrics, _epoch).ConfigureAwait(false);

    /// <summary>Brings all commits so far into packs; for tests and benchmarks.</summary>
    internal Task SealAsync() => Keeper.SealAsync();

    /// <summary>Done when no snapshot that is due is to be taken any more; for tests.</summary>
    internal Task SnapshotAsync() => Keeper.SnapshotBasesAsync(isEpochWhole: true);

    /// <summary>Lets go of what is out of date; for tests and benchmarks.</summary>
    internal Task ExpireAsync() => Keeper.ExpireAsync();

    /// <summary>Called around each change of a file of history; for tests, which look at what a stop there leaves behind.</summary>
    internal Action? Changing
    {
        set => Keeper.Folder.Changing = value;
    }

    /// <summary>Puts packs together that are due for it; for tests and benchmarks.</summary>
    internal Task CompactAsync() => Keeper.CompactAsync();

    /// <summary>The packs; for tests and benchmarks.</summary>
    internal HistoryManifest Manifest => Keeper.Manifest;

    /// <summary>The time that no commit from now on is before; for tests. Units: microseconds since 1970.</summary>
    internal long LogTime => _store!.Log.LastTime;

    /// <summary>What is done when the log begins a segment; for tests.</summary>
    internal Action? SegmentBegun => _store!.Log.SegmentBegun;

    /// <summary>Stops keeping history.</summary>
    public async ValueTask DisposeAsync()
    {
        _isStopping = true;
        if (_uploader is not null)
        {
            await _uploader.DisposeAsync().ConfigureAwait(false);
        }

        if (_keeper is not null)
        {
            await _keeper.DisposeAsync().ConfigureAwait(false);
        }

        // The semaphore of restores is not disposed, for then it would not wake those that wait for it.
        _views.Dispose();
    }

    /// <summary>Waits until a restore may run; the caller releases the semaphore.</summary>
    /// <exception cref="EngineException">The engine has been closed meanwhile.</exception>
    private async Task BeginRestoreAsync(CancellationToken cancellation)
    {
        await _restores.WaitAsync(cancellation).ConfigureAwait(false);
        if (_isStopping)
        {
            _restores.Release();
            throw HistoryRequests.ShuttingDown();
        }
    }

    private HistoryKeeper Keeper => _keeper ?? throw new EngineException(EngineErrorKind.InvalidArgument,
        _store is null
            ? "Time Travel needs durability mode log, and this server runs in mode sqlite, which keeps no log to make history of"
            : "Time Travel is off: this server keeps no history",
        _store is null ? "Start it with --durability log; history begins then."
            : "Start it with a retention above zero; history begins then.");

    private DatabaseRecord Known(DatabaseId id) => _catalog.Find(id) ?? throw DatabaseCatalog.NotFound(id.ToString());

    private RestoreMoment Newest(DatabaseId id, HistoryReading reading)
    {
        if (_catalog.Find(id) is not null)
        {
            return RestoreMoment.At(GetBookmark(id).ToString());
        }

        var runs = reading.Find(id).Runs;
        return RestoreMoment.At(Bookmark.Of(id, runs.Count > 0 ? runs[^1].Epoch : _epoch, runs.Count > 0 ? runs[^1].Last : 0).ToString());
    }

    private async Task<DateTimeOffset> CreatedAtAsync(DatabaseId id)
    {
        if (_catalog.Find(id) is { } record)
        {
            return record.CreatedAt;
        }

        var dropped = await _catalog.History.ListDroppedAsync(account: null).ConfigureAwait(false);
        return dropped.FirstOrDefault(database => database.Id == id)?.CreatedAt ?? throw DatabaseCatalog.NotFound(id.ToString());
    }

    /// <summary>A look at packs that have every commit of a database which is durable now.</summary>
    private async Task<HistoryReading> ReadAsync(DatabaseId id, CancellationToken cancellation)
    {
        var keeper = Keeper;

        // The same moment must give the same bookmark each time: what is appended from now on is later, and what was before is waited for.
        var until = Math.Max(_options.TimeProvider.GetUtcNow().ToUnixTimeMilliseconds() * 1000, _store!.Log.LastTime);
        _store.Log.NotBefore(until);
        await _store.Log.WaitDurableAsync(_store.Log.End).AsTask().WaitAsync(cancellation).ConfigureAwait(false);
        var newest = _catalog.Find(id) is null ? (ulong?)null : _host.NumberOf(id);
        var reading = keeper.BeginReading();
        try
        {
            var runs = (await Task.Run(() => reading.Find(id), cancellation).ConfigureAwait(false)).Runs;
            if (newest is null || runs.Count == 0 || runs[^1].Epoch != _epoch || runs[^1].Last < newest)
            {
                // What only the log has goes into a pack first.
                reading.Dispose();
                await keeper.SealAsync().WaitAsync(cancellation).ConfigureAwait(false);
                reading = keeper.BeginReading();
            }

            (reading.Until, reading.Newest) = (until, newest);
            return reading;
        }
        catch
        {
            reading.Dispose();
            throw;
        }
    }

    /// <summary>The state of a moment, which stays meanwhile: somebody is going to hear of its bookmark.</summary>
    private async Task<HeldTarget> HoldAsync(DatabaseId id, RestoreMoment moment, CancellationToken cancellation)
    {
        while (true)
        {
            var reading = await ReadAsync(id, cancellation).ConfigureAwait(false);
            try
            {
                var (target, locator) = await LocateAsync(id, moment, reading, cancellation).ConfigureAwait(false);
                var held = _catalog.History.Bookmarks.Held.Hold(id, target.Bookmark);
                if (!reading.Manifest.Packs.Except(Keeper.Manifest.Packs).Any())
                {
                    return new HeldTarget(reading, target, locator, held);
                }

                // Commits may have been left out that nobody held yet: what is there now is looked at.
                held.Dispose();
                reading.Dispose();
            }
            catch
            {
                reading.Dispose();
                throw;
            }
        }
    }

    private async Task RememberAsync(Bookmark bookmark, DatabaseId id)
    {
        try
        {
            await _catalog.History.Bookmarks.AddAsync(id, Keeper.Now, bookmark).ConfigureAwait(false);
        }
        catch (EngineException error)
        {
            // A full disk must not keep anybody from reading, nor make a restore that is done look like a failed one.
            EngineLog.BookmarkNotKept(_logger, id, bookmark.ToString(), error);
        }
    }

    private async Task<(RestoreTarget Target, MomentLocator Locator)> LocateAsync(
        DatabaseId id, RestoreMoment moment, HistoryReading reading, CancellationToken cancellation)
    {
        moment = WithoutName(id, moment);
        var createdAt = await CreatedAtAsync(id).ConfigureAwait(false);
        var number = _catalog.Find(id) is null ? (ulong?)null : _host.NumberOf(id);
        var bornAt = _catalog.History.IsBorn(id) ? createdAt : (DateTimeOffset?)null;
        return await Task.Run(
            () =>
            {
                var locator = new MomentLocator(id, _epoch, number, bornAt, reading);
                return (locator.Locate(moment, reading.Until), locator);
            },
            cancellation).ConfigureAwait(false);
    }

    private async Task BuildAsync(
        DatabaseId id, RestoreTarget target, MomentLocator locator, HistoryReading reading, RestoredFile file, bool isDurable,
        CancellationToken cancellation, Action? beside = null, long bytesMax = long.MaxValue)
    {
        if (target.IsCurrent && target.Plans.Count == 0)
        {
            // It has not changed since history is kept.
            await CopyCurrentAsync(id, file.Path, cancellation).ConfigureAwait(false);
            file.UseWal();
            return;
        }

        await OwnThread.RunAsync(
            () =>
            {
                EngineException? unreadable = null;
                foreach (var plan in target.Plans)
                {
                    try
                    {
                        file.Clear();
                        new DatabaseBuilder(id, reading.Open) { BytesMax = bytesMax, Stopping = cancellation }
                            .Build(plan, file.Path, isDurable, beside);
                        return;
                    }
                    catch (EngineException error) when (error.Kind == EngineErrorKind.Corruption)
                    {
                        unreadable ??= error;
                    }
                    catch (Exception error) when (error is IOException or UnauthorizedAccessException)
                    {
                        throw NoRoom(id, error);
                    }
                }

                throw (unreadable is PackDamagedException damage ? locator.NotReadable(target, damage) : unreadable)
                    ?? new EngineException(EngineErrorKind.NotRestorable, "history does not have that state", hint: null, id);
            },
            cancellation).ConfigureAwait(false);
    }

    private static EngineException NoRoom(DatabaseId id, Exception error) => new(EngineErrorKind.StorageUnavailable,
        $"the database can not be put together: {error.Message}; nothing was changed",
        "A restore needs as much free space as the database had. Free some, then try again.", id, error);

    private async Task CopyCurrentAsync(DatabaseId id, string path, CancellationToken cancellation)
    {
        var database = await _host.AcquireAsync(id, cancellation).ConfigureAwait(false);
        try
        {
            await new Transfer.DatabaseTransfer(database, _options.Limits)
                .ExportSqliteAsync(path, progress: null, cancellation).ConfigureAwait(false);
        }
        finally
        {
            _host.Release(database);
        }
    }

    private static HistoryRange ToRange(DatabaseId id, CommitRun run) => new(
        Bookmark.Of(id, run.Epoch, run.First), MomentLocator.ToTime(run.FirstTime),
        Bookmark.Of(id, run.Epoch, run.Last), MomentLocator.ToTime(run.LastTime), MomentLocator.ToTime(run.EveryCommitSince));
}
