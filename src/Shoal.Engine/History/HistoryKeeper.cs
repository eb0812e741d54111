using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Shoal.Engine.Catalog;
using Shoal.Engine.Databases;
using Shoal.Engine.Log;
using Shoal.Engine.Storage;
using Shoal.Protocol;
using Shoal.Sqlite.Threads;

namespace Shoal.Engine.History;

/// <summary>Keeps history: moves commits from the log into packs, takes snapshots, lets old packs go.</summary>
/// <remarks>
/// One thread of low priority does all of it, step by step, each from one manifest to the next. What fails is tried again at the
/// next wake; meanwhile the log keeps what is not in a pack, up to a bound. Owns: the thread, until disposed.
/// </remarks>
internal sealed class HistoryKeeper : IAsyncDisposable
{
    private const int SealPauseFactor = 4;
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ExpiryInterval = TimeSpan.FromHours(1);

    private readonly HistoryFolder _folder;
    private readonly DurableStore _store;
    private readonly DatabaseCatalog _catalog;
    private readonly HistoryLimits _limits;
    private readonly EngineMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly HistoryChains _chains = new();
    private readonly HistorySealer _sealer;
    private readonly HistorySnapshots _snapshots;
    private readonly HistoryRetention _retention;
    private readonly HistoryMerger _merger;
    private readonly HistoryCompactor _compactor;
    private readonly HistoryClock _clock;
    private readonly AutoResetEvent _wake = new(initialState: true);
    private readonly Lock _gate = new();
    private readonly ITimer _timer;
    private readonly Thread _thread;
    private List<HistoryRequest> _requests = [];
    private HistoryManifest _manifest;
    private DateTimeOffset _sealedAt;
    private DateTimeOffset _expiredAt;
    private int _readers;
    private bool _cannotMerge;
    private long _resumeAt;
    private TimeSpan _pause = Timeout.InfiniteTimeSpan;
    private List<string> _unnamed = [];
    private volatile bool _stopping;

    private HistoryKeeper(HistoryFolder folder, DurableStore store, DatabaseHost host, DatabaseCatalog catalog,
        EngineOptions options, EngineMetrics metrics, uint epoch, string scratch)
    {
        _folder = folder;
        _store = store;
        _catalog = catalog;
        _limits = options.History;
        _metrics = metrics;
        _time = options.TimeProvider;
        _logger = options.LoggerFactory.CreateLogger<HistoryKeeper>();
        _sealer = new HistorySealer(folder, store.Log, _chains, epoch, catalog.History.IsBorn);
        _snapshots = new HistorySnapshots(folder, store, new SnapshotWriter(host, store, epoch), _chains, BeginReading, scratch);
        _retention = new HistoryRetention(folder, options);
        _merger = new HistoryMerger(folder);
        _manifest = Begin();
        _clock = new HistoryClock(_time, _manifest.Clock);
        _compactor = new HistoryCompactor(folder, _limits, catalog.History.Bookmarks, IsKept);
        _sealedAt = _time.GetUtcNow();
        _expiredAt = _clock.NowTime;
        metrics.ObserveHistory(this);
        store.Log.KeepFrom(_manifest.Sealed);
        store.Log.SegmentBegun = () => _wake.Set();
        var interval = _limits.PackInterval < LookInterval ? _limits.PackInterval : LookInterval;
        _timer = _time.CreateTimer(_ => _wake.Set(), state: null, interval, interval);
        _thread = new Thread(Loop) { IsBackground = true, Name = "shoal-history" };
        _thread.Start();
    }

    /// <summary>Opens the history of a data folder and goes on with it; null when none is kept.</summary>
    /// <exception cref="EngineException">The folder can not be used, or its manifest is damaged.</exception>
    public static HistoryKeeper? Start(DataFolder folder, DurableStore store, DatabaseHost host, DatabaseCatalog catalog,
        EngineOptions options, EngineMetrics metrics, uint epoch)
    {
        if (!catalog.History.IsKept)
        {
            return null;
        }

        try
        {
            return new HistoryKeeper(HistoryFolder.Open(folder.HistoryPath), store, host, catalog, options, metrics, epoch,
                folder.TemporaryPath);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new EngineException(EngineErrorKind.StorageUnavailable,
                $"the history in {folder.HistoryPath} can not be used: {error.Message}",
                "Free disk space or fix the file system, then start again; --history 0 starts without it.", innerException: error);
        }
    }

    public HistoryFolder Folder => _folder;

    /// <summary>What counts now.</summary>
    public HistoryManifest Manifest => Volatile.Read(ref _manifest);

    /// <summary>Bytes of the log that are in no pack yet.</summary>
    public long UnsealedBytes
    {
        get
        {
            var end = _store.Log.End;
            var from = Manifest.Sealed;
            return _store.Log.SegmentsFrom(from).Sum(segment => segment.Header.Sequence == end.Sequence
                ? end.OffsetBytes - (segment.Header.Sequence == from.Sequence ? from.OffsetBytes : 0)
                : segment.LengthBytes);
        }
    }

    /// <summary>Brings everything that is durable now into packs.</summary>
    /// <exception cref="EngineException">It could not be done.</exception>
    public Task SealAsync() => RequestAsync(new HistoryRequest(HistoryRequestKind.Seal));

    /// <summary>Takes a snapshot of a database.</summary>
    public Task SnapshotAsync(DatabaseId id) => RequestAsync(new HistoryRequest(HistoryRequestKind.Snapshot) { Database = id });

    /// <summary>Lets go of what is out of date now; for tests, which can not wait for a timer.</summary>
    public Task ExpireAsync() => RequestAsync(new HistoryRequest(HistoryRequestKind.Expire));

    /// <summary>Puts together what is due now, without pauses; for tests and benchmarks.</summary>
    public Task CompactAsync() => RequestAsync(new HistoryRequest(HistoryRequestKind.Compact));

    /// <summary>Packs stay while the result is not disposed.</summary>
    public HistoryReading BeginReading()
    {
        lock (_gate)
        {
            _readers++;
            return new HistoryReading(_manifest, _folder, EndReading);
        }
    }

    /// <summary>Stops; a restart goes on from the manifest.</summary>
    public async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync().ConfigureAwait(false);
        _store.Log.SegmentBegun = null;
        _stopping = true;
        _wake.Set();
        _thread.Join();
        _wake.Dispose();
    }

    private HistoryManifest Begin()
    {
        if (_folder.Stored is { } stored)
        {
            return stored;
        }

        var manifest = new HistoryManifest(_store.Log.End, NextPack: 1,
            Math.Max(_store.Log.LastTime, _time.GetUtcNow().ToUnixTimeMilliseconds() * 1000), []);
        _folder.Save(manifest);
        return manifest;
    }

    private Task RequestAsync(HistoryRequest request)
    {
        lock (_gate)
        {
            if (_stopping)
            {
                throw new EngineException(EngineErrorKind.ShuttingDown, "the server is shutting down", "Try again when it is back.");
            }

            _requests.Add(request);
        }

        _wake.Set();
        return request.Done.Task;
    }

    private void EndReading()
    {
        lock (_gate)
        {
            _readers--;
        }
    }

    private void Loop()
    {
        Scheduling.LetOthersFirst();
        var isLoaded = false;
        while (true)
        {
            _wake.WaitOne(_pause);
            _pause = Timeout.InfiniteTimeSpan;
            var requests = TakeRequests();
            try
            {
                if (!isLoaded)
                {
                    _sealer.WithoutBase.UnionWith(_chains.Load(_folder, _manifest.Packs, _logger));
                    isLoaded = true;
                }

                Work(requests);
                requests.ForEach(static request => request.Done.TrySetResult());
            }
            catch (Exception error)
            {
                // Boundary loop: the log keeps what is in no pack, and the next wake tries again.
                EngineLog.HistoryFailed(_logger, error);
                _metrics.HistoryFailed();
                GiveUpOldest();
                requests.ForEach(request => request.Done.TrySetException(ToEngineException(error)));
            }

            if (_stopping)
            {
                _compactor.Dispose();
                TakeRequests().ForEach(static request => request.Done.TrySetException(
                    new EngineException(EngineErrorKind.ShuttingDown, "the server is shutting down", "Try again when it is back.")));
                return;
            }
        }
    }

    private List<HistoryRequest> TakeRequests()
    {
        lock (_gate)
        {
            (var taken, _requests) = (_requests, []);
            return taken;
        }
    }

    private void Work(List<HistoryRequest> requests)
    {
        Publish(_manifest with { Clock = _clock.Now });
        var isAsked = requests.Exists(static request => request.Kind == HistoryRequestKind.Seal);
        if (isAsked || IsSealDue())
        {
            Seal(isAsked);
        }

        if (!_stopping)
        {
            var asked = requests.Where(static request => request.Kind == HistoryRequestKind.Snapshot)
                .Select(static request => request.Database).ToHashSet();
            TakeSnapshots(asked);
        }

        if (requests.Exists(static request => request.Kind == HistoryRequestKind.Expire)
            || _clock.NowTime - _expiredAt >= ExpiryInterval)
        {
            Expire();
        }

        Merge();
        Compact(isAsked: requests.Exists(static request => request.Kind == HistoryRequestKind.Compact));
        DeleteUnnamed();
    }

    /// <summary>One step at a time, so that nobody waits for more.</summary>
    private void Merge()
    {
        if (_stopping || _cannotMerge)
        {
            return;
        }

        try
        {
            if (_merger.Step(_manifest) is { } merged)
            {
                PublishWithout(merged);
                _wake.Set();
            }
        }
        catch (EngineException error)
        {
            // A damaged pack: what is whole is restored from as it is, and the next start tries again.
            _cannotMerge = true;
            EngineLog.HistoryFailed(_logger, error);
        }
    }

    /// <summary>One step, and then as long a pause as it took: half a processor at most.</summary>
    private void Compact(bool isAsked)
    {
        try
        {
            do
            {
                var started = Stopwatch.GetTimestamp();
                if (_stopping || (!isAsked && Stopwatch.GetTimestamp() < _resumeAt)
                    || _compactor.Step(_manifest, _clock.Now) is not { } next)
                {
                    return;
                }

                PublishWithout(next);
                _pause = Stopwatch.GetElapsedTime(started) + TimeSpan.FromMilliseconds(1);
            }
            while (isAsked);
        }
        catch (EngineException error)
        {
            // A damaged pack: what is whole is restored from as it is, and the next start tries again.
            EngineLog.HistoryFailed(_logger, error);
            _metrics.HistoryFailed();
            if (_compactor.Abandon(_manifest) is { } without)
            {
                PublishWithout(without);
            }
        }
        catch (Exception error) when (!isAsked && error is IOException or UnauthorizedAccessException)
        {
            // Nothing is lost while packs are not put together; the next wake tries again.
            EngineLog.HistoryFailed(_logger, error);
            _metrics.HistoryFailed();
        }
    }

    /// <summary>Whether a database, or what it was, can be asked for.</summary>
    private bool IsKept(DatabaseId id) => _catalog.Find(id) is not null || _catalog.History.IsDropped(id);

    /// <summary>Packs that a manifest does not name any more are deleted when nobody reads them.</summary>
    private void PublishWithout(HistoryManifest next)
    {
        _unnamed.AddRange(_compactor.TakeAbandoned());
        _unnamed.AddRange(_manifest.Packs.Select(static pack => pack.Name).Except(next.Packs.Select(static pack => pack.Name)));
        Publish(next);
    }

    /// <summary>Not at once: what is soon asked for is sealed then, and large packs compress better than small ones.</summary>
    private bool IsSealDue() => (UnsealedBytes >= _limits.UnsealedBytesMax / 4
        || (_time.GetUtcNow() - _sealedAt >= _limits.PackInterval && _store.Log.End > _manifest.Sealed))
        && (Stopwatch.GetTimestamp() >= _resumeAt || IsFarBehind);

    /// <summary>Then sealing goes on without pauses.</summary>
    private bool IsFarBehind => UnsealedBytes > _limits.UnsealedBytesMax / 2;

    /// <summary>Seals all, or one pack and then a pause, so that a burst of writes has the processors and the disk.</summary>
    private void Seal(bool isAsked)
    {
        var to = _store.Log.Durable;
        while (_manifest.Sealed < to)
        {
            var started = Stopwatch.GetTimestamp();
            var before = _manifest;
            var next = _sealer.Step(before, to);
            if (next == before)
            {
                break;
            }

            Publish(next);
            _store.Log.KeepFrom(next.Sealed);
            var took = Stopwatch.GetElapsedTime(started);
            _metrics.HistorySealed(next.PackBytes - before.PackBytes, took);
            if (!isAsked && !_stopping && !IsFarBehind && next.Sealed < to)
            {
                _pause = took * SealPauseFactor;
                _resumeAt = Stopwatch.GetTimestamp() + (long)(_pause.TotalSeconds * Stopwatch.Frequency);
                return;
            }
        }

        _sealedAt = _time.GetUtcNow();
    }

    private void TakeSnapshots(HashSet<DatabaseId> asked)
    {
        var changedBefore = (_time.GetUtcNow() - _limits.SnapshotInterval).ToUnixTimeMilliseconds() * 1000;
        var due = _chains.All
            .Where(pair => pair.Value.IsLong || (pair.Value.ChangedSince != 0 && pair.Value.ChangedSince < changedBefore))
            .Select(static pair => pair.Key);
        _snapshots.Add(due.Where(id => _catalog.Find(id) is not null), isWhole: true);
        _snapshots.Add(asked.Concat(_sealer.WithoutBase).Where(id => _catalog.Find(id) is not null), isWhole: false);
        while (_snapshots.Step(_manifest) is { } next)
        {
            Publish(next);
        }

        _sealer.WithoutBase.Clear();
    }

    private void Expire()
    {
        var now = _clock.NowTime;
        _expiredAt = now;
        var cutoff = now - _limits.Retention;
        _catalog.History.ForgetDroppedAsync(cutoff).GetAwaiter().GetResult();
        foreach (var next in _retention.Run(_manifest, cutoff, IsKept))
        {
            PublishWithout(next);
        }

        // So that the clock goes on from here after a restart.
        _folder.Save(_manifest);
        foreach (var (id, _) in _chains.All.ToArray())
        {
            if (!IsKept(id))
            {
                _chains.Forget(id);
            }
        }
    }

    private void Publish(HistoryManifest next)
    {
        lock (_gate)
        {
            _manifest = next;
        }
    }

    /// <summary>Files go when nobody reads an older manifest that names them.</summary>
    private void DeleteUnnamed()
    {
        List<string> deletable;
        lock (_gate)
        {
            if (_readers > 0 || _unnamed.Count == 0)
            {
                return;
            }

            (deletable, _unnamed) = (_unnamed, []);
        }

        _folder.Delete(deletable, _manifest);
    }

    /// <summary>Keeps the log bounded when packs can not be written: what is given up is a gap in history.</summary>
    private void GiveUpOldest()
    {
        var segments = _store.Log.SegmentsFrom(_manifest.Sealed);
        var bytes = segments.Sum(static segment => segment.LengthBytes);
        var index = 0;
        for (; index < segments.Count - 1 && bytes > _limits.UnsealedBytesMax; index++)
        {
            bytes -= segments[index].LengthBytes;
        }

        if (index == 0)
        {
            return;
        }

        var next = _manifest with { Sealed = new LogPosition(segments[index].Header.Sequence, SegmentHeader.BlockBytes) };
        EngineLog.HistoryGap(_logger, _manifest.Sealed.ToString(), next.Sealed.ToString());
        try
        {
            _folder.Save(next);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The manifest then names a place in the log that is gone; sealing goes on at the oldest that is there.
            EngineLog.HistoryFailed(_logger, error);
        }

        Publish(next);
        _store.Log.KeepFrom(next.Sealed);
    }

    private static EngineException ToEngineException(Exception error) => error as EngineException
        ?? new EngineException(EngineErrorKind.StorageUnavailable, $"history can not be written: {error.Message}",
            "Free disk space or fix the file system, then try again; commits are safe in the log.", innerException: error);
}
