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
    private readonly HistoryRequests _requests = new();
    private readonly TaskCompletionSource _loaded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly UnsealedLog _unsealed;
    private readonly HistorySealer _sealer;
    private readonly HistorySnapshots _snapshots;
    private readonly HistoryRetention _retention;
    private readonly HistoryMerger _merger;
    private readonly HistoryCompactor _compactor;
    private readonly HistoryPace _pace;
    private readonly HistoryClock _clock;
    private readonly AutoResetEvent _wake = new(initialState: true);
    private readonly CurrentManifest _current;
    private readonly ITimer _timer;
    private readonly Thread _thread;
    private long _sealedAt;
    private DateTimeOffset _expiredAt;
    private bool _cannotMerge;
    private bool _hasGap;
    private long _resumeAt;
    private TimeSpan _pause = Timeout.InfiniteTimeSpan;
    private readonly CancellationTokenSource _stop = new();

    private HistoryKeeper(HistoryFolder folder, DurableStore store, DatabaseHost host, DatabaseCatalog catalog,
        EngineOptions options, EngineMetrics metrics, uint epoch, string scratch, Func<DatabaseId, long> fileBytes)
    {
        _folder = folder;
        _store = store;
        _catalog = catalog;
        _limits = options.History;
        _metrics = metrics;
        _time = options.TimeProvider;
        _logger = options.LoggerFactory.CreateLogger<HistoryKeeper>();
        _unsealed = new UnsealedLog(store.Log, options.History);
        _sealer = new HistorySealer(folder, store.Log, _chains, epoch, catalog.History.IsBorn,
            id => _snapshots!.IsUnderWay(id), NoteMissing);
        _current = new CurrentManifest(folder, Begin());
        _snapshots = new HistorySnapshots(folder, store, new SnapshotWriter(host, store, epoch), _chains, catalog, epoch, BeginReading,
            scratch)
        {
            Stopping = _stop.Token,
            Begun = _requests.NoteSnapshot,
            LargeBytes = _limits.LargeDatabaseBytes,
            FileBytes = fileBytes,
            LargeEnded = () => _wake.Set(),
            LargeFailed = NoteFailure,
        };
        var damaged = new DamagedPacks(_logger, metrics);
        _retention = new HistoryRetention(folder, options, catalog.History.Retention, damaged);
        _merger = new HistoryMerger(folder, damaged);
        _clock = new HistoryClock(_time, Manifest.Clock);
        catalog.History.Now = () => Now;
        _pace = new HistoryPace(store.Log, IsAwaited, _stop.Token);
        _compactor = new HistoryCompactor(folder, _limits, catalog.History.Bookmarks, IsKept, _pace, _current.Set);
        _sealedAt = _time.GetTimestamp();
        _expiredAt = _clock.NowTime;
        metrics.ObserveHistory(this);
        store.Log.KeepFrom(Manifest.Sealed);
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
                folder.TemporaryPath, id => new FileInfo(folder.DatabasePath(id)) is { Exists: true } file ? file.Length : 0);
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
    public HistoryManifest Manifest => _current.Value;

    /// <summary>The time from which it is counted how long something is kept: never earlier than history is. Thread: any.</summary>
    public DateTimeOffset Now
    {
        get
        {
            var (now, known) = (_time.GetUtcNow(), MomentLocator.ToTime(Manifest.Clock));
            return now > known ? now : known;
        }
    }

    /// <summary>Databases that a history store must not list yet; known when <see cref="Loaded"/> is done.</summary>
    public AwaitedBases Awaited { get; } = new();

    /// <summary>Completes when it is known what packs have.</summary>
    public Task Loaded => _loaded.Task;

    /// <summary>Bytes of the log that are in no pack yet.</summary>
    public long UnsealedBytes => _unsealed.BytesFrom(Manifest.Sealed);

    /// <summary>The same, from another position on.</summary>
    public long UnsealedBytesFrom(LogPosition position) => _unsealed.BytesFrom(position);

    /// <summary>Brings everything that is durable now into packs.</summary>
    /// <exception cref="EngineException">It could not be done.</exception>
    public Task SealAsync() => RequestAsync(new HistoryRequest(HistoryRequestKind.Seal));

    /// <summary>Takes a snapshot of a database; done when it is clear what it will hold, so that later writes do no harm.</summary>
    /// <param name="id">Which.</param>
    /// <param name="isWhole">Whether it is done only when a pack has it, if it can be read.</param>
    public Task SnapshotAsync(DatabaseId id, bool isWhole = false) =>
        RequestAsync(new HistoryRequest(HistoryRequestKind.Snapshot) { Database = id, IsWhole = isWhole });

    /// <summary>Takes snapshots of all databases that can not be made of packs alone.</summary>
    /// <param name="isEpochWhole">Whether it is known of those whose newest commit is of another epoch that they can.</param>
    public Task SnapshotBasesAsync(bool isEpochWhole) =>
        RequestAsync(new HistoryRequest(HistoryRequestKind.Bases) { IsEpochWhole = isEpochWhole });

    /// <summary>Lets go of what is out of date now; for tests, which can not wait for a timer.</summary>
    public Task ExpireAsync() => RequestAsync(new HistoryRequest(HistoryRequestKind.Expire));

    /// <summary>Puts together what is due now, without pauses; for tests and benchmarks.</summary>
    public Task CompactAsync() => RequestAsync(new HistoryRequest(HistoryRequestKind.Compact));

    /// <summary>Packs stay while the result is not disposed.</summary>
    public HistoryReading BeginReading() => _current.BeginReading();

    /// <summary>Stops; a restart goes on from the manifest.</summary>
    public async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync().ConfigureAwait(false);
        _store.Log.SegmentBegun = null;
        await _stop.CancelAsync().ConfigureAwait(false);
        _wake.Set();
        _pace.Hurry();
        _thread.Join();
        _snapshots.Dispose();

        // The events are not disposed: who begins a segment, or asks for something, may be about to set them.
        _stop.Dispose();
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
        _requests.Add(request);
        _wake.Set();
        _pace.Hurry();
        return request.Done.Task;
    }

    private void Loop()
    {
        Scheduling.LetOthersFirst();
        var isLoaded = false;
        while (true)
        {
            _wake.WaitOne(_pause);
            _pause = Timeout.InfiniteTimeSpan;
            var requests = _requests.Take();
            try
            {
                if (!isLoaded)
                {
                    _sealer.WithoutBase.UnionWith(_chains.Load(_folder, Manifest.Packs, _logger));
                    if (_chains.IsWhole)
                    {
                        Awaited.Add(_chains.WithoutBase(_catalog, epoch: null));
                    }

                    isLoaded = true;
                    _loaded.TrySetResult();
                }

                Work(requests);
                _requests.Complete(requests, _snapshots.IsUnderWay, _snapshots.IsAnyUnderWay);
            }
            catch (LogDamagedException error) when (_unsealed.FirstBehind(Manifest.Sealed, error) is { } behind)
            {
                // Databases have those commits; waiting would not bring them back. What is behind can be sealed.
                NoteFailure(error);
                GiveUpBefore(behind);
                _requests.PutBack(requests);
                _wake.Set();
            }
            catch (OperationCanceledException) when (IsStopping)
            {
                // What is half done counts for nothing, and the next start begins it again.
                requests.ForEach(static request => request.Done.TrySetException(HistoryRequests.ShuttingDown()));
            }
            catch (Exception error)
            {
                // Boundary loop: the log keeps what is in no pack, and the next wake tries again.
                NoteFailure(error);
                if (_unsealed.FirstWithinBound(Manifest.Sealed) is { } kept)
                {
                    GiveUpBefore(kept);
                }

                requests.ForEach(request => request.Done.TrySetException(ToEngineException(error)));
            }

            if (IsStopping)
            {
                _compactor.Dispose();
                _requests.Close();
                _loaded.TrySetException(HistoryRequests.ShuttingDown());
                return;
            }
        }
    }

    private void Work(List<HistoryRequest> requests)
    {
        _current.Set(Manifest with { Clock = _clock.Now });
        var isAsked = requests.Exists(static request => request.Kind == HistoryRequestKind.Seal);
        if (isAsked || IsSealDue())
        {
            Seal(isAsked);
        }

        if (!IsStopping)
        {
            TrySnapshots(requests);
        }

        if (requests.Exists(static request => request.Kind == HistoryRequestKind.Expire)
            || _clock.NowTime - _expiredAt >= ExpiryInterval)
        {
            Expire();
        }

        Merge();
        Compact(isAsked: requests.Exists(static request => request.Kind == HistoryRequestKind.Compact));
        _current.DeleteUnnamed();
    }

    /// <summary>One step at a time, so that nobody waits for more.</summary>
    private void Merge()
    {
        if (IsStopping || _cannotMerge)
        {
            return;
        }

        try
        {
            if (_merger.Step(Manifest) is { } merged)
            {
                _current.Set(merged);
                _wake.Set();
            }
        }
        catch (EngineException error)
        {
            // A pack of a newer version: the next start, with the program that wrote it, tries again.
            _cannotMerge = true;
            EngineLog.HistoryFailed(_logger, error);
        }
    }

    private void NoteFailure(Exception error)
    {
        EngineLog.HistoryFailed(_logger, error);
        _metrics.HistoryFailed();
    }

    private bool IsStopping => _stop.IsCancellationRequested;

    /// <summary>Whether somebody waits for the end of the step that is under way.</summary>
    private bool IsAwaited() => IsStopping || _requests.IsAwaited;

    /// <summary>One step, in which it rests often.</summary>
    private void Compact(bool isAsked)
    {
        try
        {
            do
            {
                if (IsStopping || (!isAsked && Stopwatch.GetTimestamp() < _resumeAt)
                    || _compactor.Step(Manifest, _clock.Now) is not { } next)
                {
                    return;
                }

                _current.Set(next);
                _pause = TimeSpan.FromMilliseconds(1);
            }
            while (isAsked);
        }
        catch (EngineException error)
        {
            // A damaged pack: what is whole is restored from as it is, and the next start tries again.
            NoteFailure(error);
            if (_compactor.Abandon(Manifest) is { } without)
            {
                _current.Set(without);
            }
        }
        catch (Exception error) when (!isAsked && error is IOException or UnauthorizedAccessException)
        {
            // Nothing is lost while packs are not put together; the next wake tries again.
            NoteFailure(error);
        }
    }

    /// <summary>Whether a database, or what it was, can be asked for.</summary>
    private bool IsKept(DatabaseId id) => _catalog.Find(id) is not null || _catalog.History.IsDropped(id);

    /// <summary>Not at once: what is soon asked for is sealed then, and large packs compress better than small ones.</summary>
    private bool IsSealDue() => (UnsealedBytes >= _limits.UnsealedBytesMax / 4
        || (_time.GetElapsedTime(_sealedAt) >= _limits.PackInterval && _store.Log.End > Manifest.Sealed))
        && (Stopwatch.GetTimestamp() >= _resumeAt || IsFarBehind);

    /// <summary>Then sealing goes on without pauses.</summary>
    private bool IsFarBehind => UnsealedBytes > _limits.UnsealedBytesMax / 2;

    /// <summary>Seals all, or one pack and then a pause, so that a burst of writes has the processors and the disk.</summary>
    private void Seal(bool isAsked)
    {
        var to = _store.Log.Durable;
        while (Manifest.Sealed < to)
        {
            _stop.Token.ThrowIfCancellationRequested();
            var started = Stopwatch.GetTimestamp();
            var before = Manifest;
            var next = _sealer.Step(before, to);
            if (next == before)
            {
                break;
            }

            _current.Set(next);
            _store.Log.KeepFrom(next.Sealed);
            var took = Stopwatch.GetElapsedTime(started);
            _metrics.HistorySealed(next.PackBytes - before.PackBytes, took);
            if (!isAsked && !IsStopping && !IsFarBehind && next.Sealed < to)
            {
                _pause = took * SealPauseFactor;
                _resumeAt = Stopwatch.GetTimestamp() + (long)(_pause.TotalSeconds * Stopwatch.Frequency);
                return;
            }
        }

        _sealedAt = _time.GetTimestamp();
    }

    /// <summary>Takes what is due. A full disk must not keep from what makes room on it: then it is due the next time.</summary>
    private void TrySnapshots(List<HistoryRequest> requests)
    {
        try
        {
            TakeSnapshots(requests);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            NoteFailure(error);
            requests.FindAll(static request => request.Kind is HistoryRequestKind.Snapshot or HistoryRequestKind.Bases)
                .ForEach(request => request.Done.TrySetException(ToEngineException(error)));
        }
    }

    private void TakeSnapshots(List<HistoryRequest> requests)
    {
        if (_hasGap)
        {
            // What is not written again would otherwise seem to be what it was before the gap.
            _snapshots.AddBehindGap(_chains.Behind(_catalog, _store.NumberOf));
            _hasGap = false;
        }

        _snapshots.AddDue(requests, _sealer.WithoutBase, _retention.ExcessBytes(Manifest) > 0,
            (_time.GetUtcNow() - _limits.SnapshotInterval).ToUnixTimeMilliseconds() * 1000);
        while (_snapshots.Step(Manifest) is { } next)
        {
            _current.Set(next);
        }

        _sealer.WithoutBase.Clear();
        Awaited.RemoveAll(id => _chains.HasBase(id) || _catalog.History.IsDropped(id));
    }

    private void Expire()
    {
        var now = _clock.NowTime;
        _expiredAt = now;
        _catalog.History.ForgetAsync(now, _limits.Retention).GetAwaiter().GetResult();
        foreach (var next in _retention.Run(Manifest, now, IsKept))
        {
            _stop.Token.ThrowIfCancellationRequested();
            _current.Set(next);
        }

        // So that the clock goes on from here after a restart.
        _folder.Save(Manifest);
        foreach (var (id, _) in _chains.All.ToArray())
        {
            if (!IsKept(id))
            {
                _chains.Forget(id);
            }
        }
    }

    /// <summary>A part of the log is not there any more: that is a gap in history.</summary>
    private void NoteMissing(LogPosition from, LogPosition to, LogDamagedException? damage)
    {
        _hasGap = true;
        if (damage is not null)
        {
            // Databases have those commits; waiting would not bring them back.
            NoteFailure(damage);
            EngineLog.HistoryGap(_logger, from.ToString(), to.ToString());
            return;
        }

        _metrics.HistoryFailed();
        EngineLog.HistoryLogMissing(_logger, from.ToString(), to.ToString());
    }

    /// <summary>The log does not wait any longer for what lies before a segment: that is a gap in history.</summary>
    private void GiveUpBefore(LogSegment segment)
    {
        _hasGap = true;
        var next = Manifest with { Sealed = segment.Header.FirstRecord };
        EngineLog.HistoryGap(_logger, Manifest.Sealed.ToString(), next.Sealed.ToString());
        try
        {
            _folder.Save(next);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The manifest then names a place in the log that is gone; sealing goes on at the oldest that is there.
            EngineLog.HistoryFailed(_logger, error);
        }

        _current.Set(next);
        _store.Log.KeepFrom(next.Sealed);
    }

    private static EngineException ToEngineException(Exception error) => error as EngineException
        ?? new EngineException(EngineErrorKind.StorageUnavailable, $"history can not be written: {error.Message}",
            "Free disk space or fix the file system, then try again; commits are safe in the log.", innerException: error);
}
