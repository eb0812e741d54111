using Microsoft.Extensions.Logging;
using Shoal.Engine.Catalog;
using Shoal.Engine.Databases;
using Shoal.Protocol;
using Shoal.Sqlite;

namespace Shoal.Engine.Log;

/// <summary>Step 8: brings commits from the log into database files, so that the log stays short.</summary>
/// <remarks>
/// A round: checkpoint every database whose file lacks commits, oldest first and only what is durable; flush all files by one
/// call; note in the log that what lies before is not needed; let go of its segments. In that order, or a power cut loses
/// data. Thread: one loop on the thread pool, and a thread that copies and waits for the disk.
/// </remarks>
internal sealed class Checkpointer : IAsyncDisposable
{
    private static readonly TimeSpan WriterPatience = TimeSpan.FromSeconds(1);

    private readonly DurableStore _store;
    private readonly DatabaseHost _host;
    private readonly DatabaseCatalog _catalog;
    private readonly EngineOptions _options;
    private readonly EngineMetrics _metrics;
    private readonly ILogger _logger;
    private readonly QuietThread _thread = new("shoal-checkpt");
    private readonly SemaphoreSlim _wake = new(0);
    private readonly Lock _gate = new();
    private readonly HashSet<DatabaseId> _requested = [];
    private readonly List<TaskCompletionSource> _roundWaiters = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly ITimer _timer;
    private readonly Task _loop;
    private bool _roundDue;

    public Checkpointer(DurableStore store, DatabaseHost host, DatabaseCatalog catalog, EngineOptions options,
        EngineMetrics metrics)
    {
        _store = store;
        _host = host;
        _catalog = catalog;
        _options = options;
        _metrics = metrics;
        _logger = options.LoggerFactory.CreateLogger<Checkpointer>();
        store.CheckpointRequested = Request;
        _timer = options.TimeProvider.CreateTimer(
            _ => Wake(round: true), state: null, options.CheckpointInterval, options.CheckpointInterval);
        _loop = LoopAsync();
        Wake(round: true);
    }

    /// <summary>Checkpoints everything, flushes it and shortens the log.</summary>
    public async Task RunRoundAsync()
    {
        foreach (var id in _store.Tracker.ListUncheckpointed())
        {
            await CheckpointAsync(id).ConfigureAwait(false);
        }

        var covered = _store.Tracker.BeginFlush();
        if (covered.Count == 0)
        {
            return;
        }

        if (!Faults.Is(Faults.RecycleBeforeSync))
        {
            await _thread.RunAsync(_store.Log.FlushFileSystem).ConfigureAwait(false);
        }

        var users = covered.Keys.Where(static id => id != DatabaseCatalog.Id).ToArray();
        if (users.Length > 0)
        {
            await _catalog.SaveCommitNumbersAsync(_store.NumbersOf(users)).ConfigureAwait(false);
        }

        _store.Tracker.EndFlush(covered);

        // The end first: what is appended after it is needed anyway, what was before it the tracker knows.
        var end = _store.Log.End;
        var oldest = _store.Tracker.OldestNeeded(end);
        await _store.Log.WaitDurableAsync(_store.Log.AppendCheckpoint(oldest, _store.NumberOf(DatabaseCatalog.Id))).ConfigureAwait(false);
        _store.Log.Release(oldest);
        _metrics.RoundCompleted(covered.Count);
    }

    /// <summary>Asks for a round and completes when it has ended, well or not.</summary>
    public Task RequestRoundAsync()
    {
        var waiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            _roundWaiters.Add(waiter);
        }

        Wake(round: true);
        return waiter.Task;
    }

    /// <summary>Stops, after a last round for a quick next start.</summary>
    public async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync().ConfigureAwait(false);
        await _stop.CancelAsync().ConfigureAwait(false);
        _wake.Release();
        await _loop.ConfigureAwait(false);
        _store.CheckpointRequested = null;

        // Twice: the first leaves the catalog changed by the commit numbers it writes there.
        try
        {
            await RunRoundAsync().ConfigureAwait(false);
            await RunRoundAsync().ConfigureAwait(false);
        }
        catch (Exception error) when (error is EngineException or IOException)
        {
            // A full disk, say: the log keeps what files lack, and the next start redoes it.
            EngineLog.CheckpointFailed(_logger, error);
        }

        _thread.Dispose();
        _wake.Dispose();
        _stop.Dispose();
    }

    private void Request(DatabaseId id)
    {
        lock (_gate)
        {
            _requested.Add(id);
        }

        Wake(round: _store.Log.LiveBytes > _options.Limits.LogBytesCheckpoint);
    }

    private void Wake(bool round)
    {
        lock (_gate)
        {
            _roundDue |= round;
        }

        if (_wake.CurrentCount == 0 && !_stop.IsCancellationRequested)
        {
            _wake.Release();
        }
    }

    private async Task LoopAsync()
    {
        while (true)
        {
            await _wake.WaitAsync().ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
            DatabaseId[] requested;
            TaskCompletionSource[] waiters;
            bool round;
            lock (_gate)
            {
                requested = [.. _requested];
                _requested.Clear();
                waiters = [.. _roundWaiters];
                _roundWaiters.Clear();
                round = _roundDue;
                _roundDue = false;
            }

            var stopping = _stop.IsCancellationRequested;
            if (!stopping)
            {
                await WorkAsync(requested, round).ConfigureAwait(false);
            }

            foreach (var waiter in waiters)
            {
                waiter.SetResult();
            }

            if (stopping)
            {
                return;
            }
        }
    }

    private async Task WorkAsync(IReadOnlyList<DatabaseId> requested, bool round)
    {
        try
        {
            foreach (var id in requested)
            {
                await CheckpointAsync(id).ConfigureAwait(false);
            }

            if (round)
            {
                await RunRoundAsync().ConfigureAwait(false);
            }
        }
        catch (Exception error)
        {
            // Boundary loop: nothing is lost, whatever it was. The log keeps what files lack, and the next round tries again.
            EngineLog.CheckpointFailed(_logger, error);
        }
    }

    private async Task CheckpointAsync(DatabaseId id)
    {
        if (!SystemDatabases.Contains(id) && _catalog.Find(id) is null)
        {
            _store.Forget(id);
            return;
        }

        if (!_store.Tracker.IsUncheckpointed(id))
        {
            // Closing it has done that since it was listed; it need not be opened again.
            return;
        }

        Database database;
        try
        {
            database = await _host.AcquireAsync(id, CancellationToken.None).ConfigureAwait(false);
        }
        catch (EngineException error) when (error.Kind == EngineErrorKind.ShuttingDown)
        {
            return;
        }
        catch (Exception error) when (error is EngineException or SqliteException or IOException or UnauthorizedAccessException)
        {
            // The others' commits need not wait for it.
            _metrics.CheckpointFailed();
            EngineLog.DatabaseNotCheckpointed(_logger, id, error);
            return;
        }

        try
        {
            // A long import holds its writer; the others need not wait for it.
            using var patience = new CancellationTokenSource(WriterPatience, _options.TimeProvider);
            await database.Writer.CheckpointAsync(_thread, patience.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The next round tries again.
        }
        catch (EngineException error)
        {
            EngineLog.DatabaseNotCheckpointed(_logger, id, error);
        }
        finally
        {
            _host.Release(database);
        }
    }
}
