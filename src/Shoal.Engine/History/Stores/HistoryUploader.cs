using Microsoft.Extensions.Logging;
using Shoal.Engine.Catalog;
using Shoal.Engine.Databases;
using Shoal.Engine.Log;
using Shoal.Engine.Storage;
using Shoal.Protocol;

namespace Shoal.Engine.History.Stores;

/// <summary>Copies history to a store, again and again: what a lost machine loses is what came after the last time.</summary>
/// <remarks>
/// A round uploads packs that are new, the catalog if it has changed, and what only the log has as one small pack: one request
/// for all databases, and none when nothing has changed. What fails is tried again at the next interval. Owns: its loop.
/// </remarks>
internal sealed class HistoryUploader : IAsyncDisposable
{
    /// <summary>More than this is sealed into packs of the node first. Units: bytes of the log.</summary>
    private const long TailBytesMax = 16 * 1024 * 1024;

    private const int TailAttemptsMax = 4;
    private const int NamedMax = 5;
    private static readonly TimeSpan LogInterval = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan StartTimeMax = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan LastRoundTimeMax = TimeSpan.FromSeconds(20);

    private readonly HistoryKeeper _keeper;
    private readonly CommitLog _log;
    private readonly RetryingObjectStore _store;
    private readonly StoreMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly TimeSpan _interval;
    private readonly ILogger _logger;
    private readonly CatalogCopier _catalog;
    private readonly TailWriter _tails;
    private readonly uint _epoch;
    private readonly SemaphoreSlim _round = new(1);
    private readonly CancellationTokenSource _stopping = new();
    private BucketSession? _session;
    private Task? _bases;
    private Task _loop = Task.CompletedTask;
    private long _uploadedAt;
    private long _loggedAt;
    private volatile bool _isFenced;
    private bool _isLogged;
    private bool _isProbed;
    private bool _wasOpen;

    private HistoryUploader(HistoryKeeper keeper, DurableStore store, DatabaseHost host, DatabaseCatalog catalog, DataFolder folder,
        EngineOptions options, EngineMetrics metrics, uint epoch)
    {
        _keeper = keeper;
        _log = store.Log;
        _metrics = metrics.Store;
        _time = options.TimeProvider;
        _interval = options.HistoryUploadInterval;
        _logger = options.LoggerFactory.CreateLogger<HistoryUploader>();
        _epoch = epoch;
        _store = new RetryingObjectStore(new MeteredObjectStore(options.HistoryStore!, _metrics), _time, options.StoreRetryPause);
        _catalog = new CatalogCopier(host, store, keeper.Awaited, options.Limits, folder.TemporaryPath);
        _tails = new TailWriter(store.Log, epoch, catalog.History.IsBorn, folder.TemporaryPath);
        _uploadedAt = _time.GetTimestamp();
        _metrics.Observe(() => Age, () => _isFenced);
    }

    /// <summary>What would be lost with the machine now.</summary>
    public TimeSpan Age => _time.GetElapsedTime(Volatile.Read(ref _uploadedAt));

    /// <summary>Starts to upload; null without a store.</summary>
    /// <exception cref="EngineException">The store is another node's, or can not be used, and waiting will not help.</exception>
    public static async Task<HistoryUploader?> StartAsync(HistoryKeeper? keeper, DurableStore? store, DatabaseHost host,
        DatabaseCatalog catalog, DataFolder folder, EngineOptions options, EngineMetrics metrics, uint epoch)
    {
        if (options.HistoryStore is not { } target)
        {
            return null;
        }

        if (keeper is null || store is null)
        {
            throw new EngineException(EngineErrorKind.InvalidArgument,
                $"a history store ({target.Address}) needs history, and this server keeps none",
                "Start it with --durability log and a --history above 0, or without --history-store.");
        }

        var uploader = new HistoryUploader(keeper, store, host, catalog, folder, options, metrics, epoch);
        try
        {
            using var limit = new CancellationTokenSource(StartTimeMax);
            await uploader.OpenAsync(limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException error)
        {
            uploader.NoteFailure(error);
        }
        catch (ObjectStoreException error) when (error.MayPass)
        {
            // Databases are served while the store is away; its age in the metrics grows.
            uploader.NoteFailure(error);
        }
        catch
        {
            await uploader.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        uploader._loop = Task.Run(uploader.LoopAsync);
        return uploader;
    }

    /// <summary>Uploads what is not in the store yet, and waits for the first snapshots of databases that are to have one.</summary>
    /// <exception cref="EngineException">It could not be done.</exception>
    public async Task UploadAsync(CancellationToken cancellation = default)
    {
        var awaited = await UploadOnceAsync(cancellation).ConfigureAwait(false);
        if (awaited.Count > 0)
        {
            await _keeper.SnapshotBasesAsync(isEpochWhole: true).WaitAsync(cancellation).ConfigureAwait(false);
            awaited = [.. awaited.Intersect(await UploadOnceAsync(cancellation).ConfigureAwait(false))];
        }

        if (awaited.Count > 0)
        {
            throw new EngineException(EngineErrorKind.StorageUnavailable,
                $"the first snapshot of {awaited.Count} databases could not be taken, so that {_store.Address} does not have them: "
                + string.Join(", ", awaited.Take(NamedMax)),
                "All else is uploaded. The server's log says what is wrong with the snapshots; it is tried again.");
        }
    }

    /// <summary>A round. Gives the databases that have to wait for their first snapshots.</summary>
    private async Task<IReadOnlyList<DatabaseId>> UploadOnceAsync(CancellationToken cancellation)
    {
        await _round.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            return await RoundAsync(cancellation).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            // What was under way may be done or not: the store is asked anew.
            _session = null;
            _isFenced |= error is StoreFencedException;
            throw;
        }
        finally
        {
            _round.Release();
        }
    }

    /// <summary>Uploads a last time, for a moment at most, and stops.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
        if (_wasOpen && !_isFenced)
        {
            using var limit = new CancellationTokenSource(LastRoundTimeMax);
            try
            {
                await UploadAsync(limit.Token).ConfigureAwait(false);
            }
            catch (Exception error) when (error is EngineException or OperationCanceledException or IOException)
            {
                NoteFailure(error);
            }
        }

        _stopping.Dispose();
        _round.Dispose();
    }

    private async Task LoopAsync()
    {
        while (!_isFenced)
        {
            try
            {
                await Task.Delay(_interval, _time, _stopping.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            try
            {
                await UploadOnceAsync(_stopping.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception error)
            {
                // Boundary loop: the next interval tries again.
                NoteFailure(error);
            }
        }
    }

    private async Task<BucketSession> OpenAsync(CancellationToken cancellation)
    {
        if (!_isProbed)
        {
            StoreProbe.Check(await StoreProbe.RunAsync(_store, cancellation).ConfigureAwait(false), _store.Address);
            _isProbed = true;
        }

        _session ??= await BucketSession.OpenAsync(_store, _keeper.Folder.Root, _time, cancellation).ConfigureAwait(false);
        _wasOpen = true;
        return _session;
    }

    private async Task<IReadOnlyList<DatabaseId>> RoundAsync(CancellationToken cancellation)
    {
        if (_isFenced)
        {
            throw new StoreFencedException(_store.Address);
        }

        var began = _time.GetTimestamp();
        var time = _time.GetUtcNow().ToUnixTimeMilliseconds() * 1000;
        var session = await OpenAsync(cancellation).ConfigureAwait(false);
        await _keeper.Loaded.WaitAsync(cancellation).ConfigureAwait(false);
        BeginBases(session);

        // The catalog first: then every database that it lists has its base and its commits in what is uploaded after it.
        var catalog = await _catalog.CopyAsync(cancellation).ConfigureAwait(false);
        var to = _log.Durable;
        if (session.Manifest is null || _keeper.UnsealedBytesFrom(session.SentTo) > TailBytesMax)
        {
            await _keeper.SealAsync().WaitAsync(cancellation).ConfigureAwait(false);
        }

        for (var attempt = 1; ; attempt++)
        {
            var isChanged = await UploadPacksAsync(session, catalog, time, cancellation).ConfigureAwait(false);
            if (session.SentTo >= to)
            {
                Done(isChanged);
                return catalog.Awaited;
            }

            if (await OwnThread.RunAsync(() => _tails.Write(session.SentTo, to), cancellation).ConfigureAwait(false) is var (pack, end))
            {
                await session.WriteTailAsync(pack, end, time, cancellation).ConfigureAwait(false);
                Done(isChanged || pack.Length > 0);
                return catalog.Awaited;
            }

            // It was sealed, and released from the log, in between: the packs have it.
            if (attempt == TailAttemptsMax)
            {
                throw new ObjectStoreException("packs are made faster than they are uploaded", "It is tried again.", mayPass: true);
            }
        }

        void Done(bool isChanged)
        {
            if (catalog.Awaited.Count == 0)
            {
                Volatile.Write(ref _uploadedAt, began);
            }

            if (isChanged)
            {
                _metrics.Uploaded();
            }
        }
    }

    private async Task<bool> UploadPacksAsync(BucketSession session, CatalogCopy catalog, long time, CancellationToken cancellation)
    {
        using var reading = _keeper.BeginReading();
        await session.UploadAsync(reading.Manifest.Packs, _keeper.Folder.PathOf, cancellation).ConfigureAwait(false);
        await session.UploadAsync(catalog, cancellation).ConfigureAwait(false);
        return await session.WriteManifestAsync(reading.Manifest, catalog, time, cancellation).ConfigureAwait(false);
    }

    /// <summary>Databases that have not changed since history is kept have nothing in packs: they get snapshots.</summary>
    private void BeginBases(BucketSession session)
    {
        if (_bases is { IsCompletedSuccessfully: true } && session.Bases != _epoch)
        {
            session.NoteBases(_epoch);
        }

        if (_bases is null or { IsFaulted: true } || (_bases.IsCompleted && _keeper.Awaited.List().Count > 0))
        {
            _bases = _keeper.SnapshotBasesAsync(isEpochWhole: session.Bases == _epoch);
        }
    }

    private void NoteFailure(Exception error)
    {
        _metrics.UploadFailed();
        if (!_isLogged || _isFenced || _time.GetElapsedTime(_loggedAt) >= LogInterval)
        {
            (_isLogged, _loggedAt) = (true, _time.GetTimestamp());
            EngineLog.UploadFailed(_logger, _store.Address, Age, error);
        }
    }
}
