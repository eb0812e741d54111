using Microsoft.Extensions.Logging;
using Shoal.Engine.Log;
using Shoal.Engine.Storage;
using Shoal.Protocol;

namespace Shoal.Engine.Databases;

/// <summary>Keeps the databases in use open, and no more of them than there are descriptors for.</summary>
/// <remarks>
/// Thread: safe for any. Invariant: a database is in <c>_entries</c> from before its files are opened until after they
/// are closed, so that it is never open twice; one with users is never closed.
/// </remarks>
internal sealed class DatabaseHost : IAsyncDisposable
{
    /// <summary>How often writes that have waited too long are looked for.</summary>
    private static readonly TimeSpan OverduePeriod = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<DatabaseId, Entry> _entries = [];
    private readonly LinkedList<Entry> _byUse = new();
    private readonly DataFolder _folder;
    private readonly EngineOptions _options;
    private readonly EngineMetrics _metrics;
    private readonly DurableStore? _store;
    private readonly CommitCounter _counter = new();
    private readonly ILogger _logger;
    private readonly SemaphoreSlim _slots;
    private readonly SemaphoreSlim _opens;
    private readonly SlowLane _lane;
    private readonly ITimer _idleTimer;
    private readonly ITimer _overdueTimer;
    private int _waitingForSlot;
    private bool _closing;

    public DatabaseHost(DataFolder folder, EngineOptions options, EngineMetrics metrics, DurableStore? store)
    {
        _folder = folder;
        _options = options;
        _metrics = metrics;
        _store = store;
        _logger = options.LoggerFactory.CreateLogger("Shoal.Engine.Databases");
        Space = new FreeSpaceGuard(options);
        OpenMax = options.Limits.OpenDatabasesMax > 0
            ? options.Limits.OpenDatabasesMax
            : DescriptorLimit.OpenDatabases();
        _slots = new SemaphoreSlim(OpenMax);
        _opens = new SemaphoreSlim(options.Limits.ConcurrentOpensMax);
        var period = options.IdleClose / 4;
        _lane = new SlowLane(options.Limits, metrics);
        _overdueTimer = options.TimeProvider.CreateTimer(_ => DropOverdue(), state: null, OverduePeriod, OverduePeriod);
        _idleTimer = options.TimeProvider.CreateTimer(_ => CloseIdle(), state: null, period, period);
    }

    /// <summary>Databases that may be open at once.</summary>
    public int OpenMax { get; }

    /// <summary>Says whether there is room to write.</summary>
    public FreeSpaceGuard Space { get; }

    /// <summary>Databases open now.</summary>
    public int OpenCount
    {
        get
        {
            lock (_gate)
            {
                return _byUse.Count;
            }
        }
    }

    /// <summary>Requests that wait in the open databases for their writer, and for a reader.</summary>
    public (long Writes, long Reads) CountWaiting()
    {
        long writes = 0;
        long reads = 0;
        lock (_gate)
        {
            foreach (var entry in _byUse)
            {
                if (entry is { Users: > 0, Database: { } database })
                {
                    writes += database.Writer.Queue.WaitingCount;
                    reads += database.WaitingReadCount;
                }
            }
        }

        return (writes, reads);
    }

    /// <summary>The database, open; the caller must call <see cref="Release"/> when done.</summary>
    public ValueTask<Database> AcquireAsync(DatabaseId id, CancellationToken cancellation)
    {
        lock (_gate)
        {
            ThrowIfClosing();
            if (_entries.TryGetValue(id, out var entry) && entry.State == EntryState.Open)
            {
                entry.Users++;
                return ValueTask.FromResult(entry.Database!);
            }
        }

        return AcquireSlowAsync(id, cancellation);
    }

    /// <summary>The number of a database's newest commit that may be told to a client.</summary>
    public ulong NumberOf(DatabaseId id)
    {
        lock (_gate)
        {
            if (_entries.TryGetValue(id, out var entry) && entry.Database is { } database)
            {
                return database.Clock.Number;
            }
        }

        // Closing has waited until all commits were durable.
        return _store?.NumberOf(id) ?? _counter.Last;
    }

    /// <summary>Ends one use of a database.</summary>
    public void Release(Database database)
    {
        Entry? victim = null;
        lock (_gate)
        {
            var entry = _entries[database.Id];
            entry.LastUse = _options.TimeProvider.GetTimestamp();
            if (--entry.Users > 0)
            {
                return;
            }

            _byUse.Remove(entry.Node!);
            _byUse.AddLast(entry.Node!);
            if (entry.State == EntryState.Closing)
            {
                // Somebody wants it gone and was waiting for the last user.
                entry.Drained!.TrySetResult();
            }
            else if (_waitingForSlot > 0)
            {
                victim = entry;
                entry.BeginClosing();
            }
        }

        if (victim is not null)
        {
            Close(victim);
        }
    }

    /// <summary>Closes a database once its last user is gone, and runs an action before it may be opened again.</summary>
    public async Task CloseAsync(DatabaseId id, Action? whenClosed = null)
    {
        while (true)
        {
            Entry? entry;
            Task wait;
            lock (_gate)
            {
                if (!_entries.TryGetValue(id, out entry))
                {
                    // Not open: occupy its place so that nobody opens it meanwhile.
                    entry = new Entry(id);
                    entry.BeginClosing();
                    _entries.Add(id, entry);
                    wait = Task.CompletedTask;
                }
                else if (entry.State == EntryState.Open)
                {
                    entry.BeginClosing();
                    entry.Drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
                    if (entry.Users == 0)
                    {
                        entry.Drained.TrySetResult();
                    }

                    wait = entry.Drained.Task;
                }
                else
                {
                    wait = entry.Changed.Task;
                    entry = null;
                }
            }

            await wait.ConfigureAwait(false);
            if (entry is not null)
            {
                Close(entry, whenClosed);
                return;
            }
        }
    }

    /// <summary>Opens a file that only shows what a database was; the caller closes it.</summary>
    public Database OpenView(DatabaseId id, string path) =>
        new(id, path, _options.Limits, _metrics, store: null, Space, new CommitClock(_counter), _lane);

    /// <summary>Closes everything. Requests that run are waited for.</summary>
    public async ValueTask DisposeAsync()
    {
        await _idleTimer.DisposeAsync().ConfigureAwait(false);
        await _overdueTimer.DisposeAsync().ConfigureAwait(false);
        List<DatabaseId> ids;
        lock (_gate)
        {
            _closing = true;
            ids = [.. _entries.Keys];
        }

        foreach (var id in ids)
        {
            await CloseAsync(id).ConfigureAwait(false);
        }

        _lane.Dispose();
        _slots.Dispose();
        _opens.Dispose();
    }

    private async ValueTask<Database> AcquireSlowAsync(DatabaseId id, CancellationToken cancellation)
    {
        while (true)
        {
            Entry entry;
            Task? wait = null;
            lock (_gate)
            {
                ThrowIfClosing();
                if (_entries.TryGetValue(id, out entry!))
                {
                    if (entry.State == EntryState.Open)
                    {
                        entry.Users++;
                        return entry.Database!;
                    }

                    wait = entry.Changed.Task;
                }
                else
                {
                    entry = new Entry(id);
                    _entries.Add(id, entry);
                }
            }

            if (wait is null)
            {
                return await OpenAsync(entry, cancellation).ConfigureAwait(false);
            }

            await wait.WaitAsync(cancellation).ConfigureAwait(false);
        }
    }

    private async Task<Database> OpenAsync(Entry entry, CancellationToken cancellation)
    {
        var hasSlot = false;
        try
        {
            await TakeSlotAsync(entry.Id, cancellation).ConfigureAwait(false);
            hasSlot = true;
            await _opens.WaitAsync(cancellation).ConfigureAwait(false);
            try
            {
                var path = entry.Id == Catalog.DatabaseCatalog.Id
                    ? _folder.CatalogPath
                    : _folder.DatabasePath(entry.Id);
                _store?.BeforeOpen(entry.Id, path);
                var clock = _store is null
                    ? new CommitClock(_counter)
                    : new CommitClock(_store.Log, _store.NumberOf(entry.Id));
                var limits = Catalog.SystemDatabases.Contains(entry.Id) ? _options.Limits.OfSystemDatabases : _options.Limits;
                var database = new Database(entry.Id, path, limits, _metrics, _store, Space, clock, _lane);
                lock (_gate)
                {
                    entry.BecomeOpen(database, _byUse.AddLast(entry));

                    // Inside the lock: once it may begin to close, this task must be one that waits for that.
                    entry.Changed.TrySetResult();
                }
            }
            finally
            {
                _opens.Release();
            }

            _metrics.DatabaseOpened();
            return entry.Database!;
        }
        catch
        {
            lock (_gate)
            {
                _entries.Remove(entry.Id);
            }

            if (hasSlot)
            {
                _slots.Release();
            }

            entry.Changed.TrySetResult();
            throw;
        }
    }

    /// <summary>A place among the open databases, if need be by closing the one unused for longest.</summary>
    private async Task TakeSlotAsync(DatabaseId id, CancellationToken cancellation)
    {
        if (_slots.Wait(0, CancellationToken.None))
        {
            return;
        }

        Entry? victim = null;
        lock (_gate)
        {
            for (var node = _byUse.First; node is not null; node = node.Next)
            {
                if (node.Value is { Users: 0, State: EntryState.Open })
                {
                    victim = node.Value;
                    victim.BeginClosing();
                    break;
                }
            }

            _waitingForSlot++;
        }

        try
        {
            if (victim is not null)
            {
                Close(victim);
            }

            if (!await _slots.WaitAsync(_options.Limits.QueryTimeout, cancellation).ConfigureAwait(false))
            {
                throw new EngineException(EngineErrorKind.Overloaded,
                    "D1 DB is overloaded. Requests queued for too long.",
                    $"All {OpenMax} databases that may be open are busy; raise the descriptor limit (ulimit -n).", id);
            }
        }
        finally
        {
            lock (_gate)
            {
                _waitingForSlot--;
            }
        }
    }

    private void DropOverdue()
    {
        List<DatabaseWriter>? waiting = null;
        lock (_gate)
        {
            foreach (var entry in _byUse)
            {
                if (entry is { Users: > 0, Database.Writer: { Queue.WaitingCount: > 0 } writer })
                {
                    (waiting ??= []).Add(writer);
                }
            }
        }

        foreach (var writer in waiting ?? [])
        {
            writer.Queue.DropOverdue();
        }
    }

    private void CloseIdle()
    {
        List<Entry> idle = [];
        lock (_gate)
        {
            for (var node = _byUse.First; node is not null; node = node.Next)
            {
                var entry = node.Value;
                if (entry is { Users: 0, State: EntryState.Open }
                    && _options.TimeProvider.GetElapsedTime(entry.LastUse) >= _options.IdleClose)
                {
                    entry.BeginClosing();
                    idle.Add(entry);
                }
            }
        }

        foreach (var entry in idle)
        {
            Close(entry);
        }
    }

    /// <summary>Closes an entry that is in state closing and has no users.</summary>
    private void Close(Entry entry, Action? whenClosed = null)
    {
        try
        {
            entry.Database?.Dispose();
            if (entry.Database?.Writer.Refusal is { } refusal)
            {
                EngineLog.CloseRefused(_logger, entry.Id, refusal.Message, refusal.Hint!);
            }

            whenClosed?.Invoke();
        }
        catch (Exception error) when (whenClosed is null
            && error is Sqlite.SqliteException or IOException or UnauthorizedAccessException)
        {
            // Nothing is lost: what could not be checkpointed stays in the WAL for the next opening.
            EngineLog.CloseFailed(_logger, entry.Id, error);
        }
        finally
        {
            bool held;
            lock (_gate)
            {
                held = entry.Node is not null;
                if (held)
                {
                    _byUse.Remove(entry.Node!);
                }

                _entries.Remove(entry.Id);
            }

            if (held)
            {
                _metrics.DatabaseClosed();
                _slots.Release();
            }

            entry.Changed.TrySetResult();
        }
    }

    private void ThrowIfClosing()
    {
        if (_closing)
        {
            throw new EngineException(EngineErrorKind.ShuttingDown, "the server is shutting down",
                "Try again when it is back.");
        }
    }

    private enum EntryState
    {
        Opening,
        Open,
        Closing,
    }

    private sealed class Entry(DatabaseId id)
    {
        public DatabaseId Id { get; } = id;

        public EntryState State { get; private set; }

        public Database? Database { get; private set; }

        public LinkedListNode<Entry>? Node { get; private set; }

        public int Users { get; set; }

        public long LastUse { get; set; }

        /// <summary>Completes when the entry has opened, failed to open, or closed.</summary>
        public TaskCompletionSource Changed { get; private set; } =
            new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>Completes when the last user of a closing entry is gone.</summary>
        public TaskCompletionSource? Drained { get; set; }

        public void BecomeOpen(Database database, LinkedListNode<Entry> node)
        {
            Database = database;
            Node = node;
            State = EntryState.Open;
            Users = 1;
        }

        public void BeginClosing()
        {
            State = EntryState.Closing;
            if (Changed.Task.IsCompleted)
            {
                Changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }
    }
}
