using Microsoft.Extensions.Logging;
using Shoal.Engine;
using Shoal.Engine.Catalog;
using Shoal.Engine.Requests;
using Shoal.Engine.Transfer;
using Shoal.Engine.Usage;
using Shoal.Protocol;
using Shoal.Server.D1;

namespace Shoal.Server.Usage;

/// <summary>Counts what requests cost, and writes it to the engine's usage database every few seconds.</summary>
/// <remarks>
/// Thread: safe for any. A request only adds to numbers in memory. What was not written yet when the process dies is lost; what
/// could not be written is kept and tried again, within the bounds of <see cref="MeterLimits"/>.
/// </remarks>
internal sealed class UsageMeter(DatabaseEngine engine, TimeProvider clock, ILogger<UsageMeter> logger) : IAsyncDisposable
{
    private const int SqliteInputOutputError = 10;
    private const int SqliteFull = 13;

    private static readonly StatementFingerprint ImportStatement = StatementFingerprint.Named("(import)");

    private static readonly StatementFingerprint ExportStatement = StatementFingerprint.Named("(export)");

    private readonly FingerprintCache _fingerprints = new();
    private readonly SemaphoreSlim _writing = new(1);
    private readonly CancellationTokenSource _stop = new();
    private readonly List<(List<RequestUsage> Requests, List<StatementUsage> Statements)> _unwritten = [];
    private MeterWindow _window = new();
    private long _lost;
    private Task _loop = Task.CompletedTask;

    /// <summary>Requests that there was no room to count, or that could not be written for too long.</summary>
    public long LostCount => Interlocked.Read(ref _lost);

    /// <summary>Begins to write from time to time.</summary>
    public void Start() => _loop = LoopAsync();

    /// <summary>Adds a request that succeeded.</summary>
    public void Record(in MeteredRequest request)
    {
        var fingerprints = new StatementFingerprint[request.Usage.Count];
        for (var index = 0; index < fingerprints.Length; index++)
        {
            fingerprints[index] = _fingerprints.Of(request.Items[index].Sql.Span);
        }

        Add(request, fingerprints, failedItem: -1);
    }

    /// <summary>Adds a request that failed in the engine.</summary>
    public void RecordFailure(in MeteredRequest request, EngineException error)
    {
        var failed = error is SqlException { Position.Item: var item } && item < request.Items.Count ? item : -1;
        StatementFingerprint[] fingerprints = failed < 0 ? [] : [_fingerprints.Of(request.Items[failed].Sql.Span)];
        Add(request with { Usage = [], ResponseBytes = 0 }, fingerprints, failed);
    }

    /// <summary>Adds a request that is no SQL, under a name; it has failed when it has no usage.</summary>
    public void RecordNamed(in MeteredRequest request, StatementFingerprint name) =>
        Add(request, [name], request.Usage.Count == 0 ? 0 : -1);

    /// <summary>Adds an import: D1 bills it as any other statement.</summary>
    public void RecordImport(DatabaseRecord database, TokenRecord token, in StatementMeta meta)
    {
        // Two items, so that it never counts as a statement alone in its request.
        var request = new MeteredRequest(
            database, token, [default, default], [default(ItemUsage).Plus(meta)], ResponseBytes: 0, meta.Duration);
        Add(request, [ImportStatement], failedItem: -1);
    }

    /// <summary>Adds an export: each row that it wrote was read.</summary>
    /// <param name="database">What was exported.</param>
    /// <param name="token">Who asked.</param>
    /// <param name="written">How much of it; of a whole database file only the bytes are known.</param>
    /// <param name="time">How long it took.</param>
    public void RecordExport(DatabaseRecord database, TokenRecord token, TransferProgress written, TimeSpan time)
    {
        var usage = new ItemUsage(Reads: 1, Writes: 0, written.Rows, RowsWritten: 0, RowsReturned: written.Rows, time);
        Add(new MeteredRequest(database, token, [default, default], [usage], written.Bytes, time), [ExportStatement], failedItem: -1);
    }

    /// <summary>Writes what was counted so far, so that the store knows all of it.</summary>
    /// <exception cref="EngineException">The usage database cannot be written; what was counted is kept.</exception>
    public async Task FlushAsync()
    {
        await _writing.WaitAsync();
        try
        {
            var window = Interlocked.Exchange(ref _window, new MeterWindow());
            Take(window);
            while (_unwritten.Count > 0)
            {
                await WriteFirstAsync();
            }
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>A database was deleted: its statements are forgotten.</summary>
    public Task ForgetAsync(DatabaseId database) => TryAsync(async () =>
    {
        await FlushAsync();
        await engine.Usage.ForgetStatementsAsync(database, clock.GetUtcNow());
    });

    /// <summary>Stops, after writing what is left.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop;
        await TryAsync(FlushAsync);
        _stop.Dispose();
        _writing.Dispose();
    }

    private void Add(in MeteredRequest request, ReadOnlySpan<StatementFingerprint> fingerprints, int failedItem)
    {
        var now = clock.GetUtcNow();
        var hour = new DateTimeOffset(now.Year, now.Month, now.Day, now.Hour, 0, 0, TimeSpan.Zero);
        while (true)
        {
            var window = Volatile.Read(ref _window);
            if (Find(window, request, hour) is not { } database)
            {
                Interlocked.Increment(ref _lost);
                return;
            }

            var before = database.StatementCount;
            if (!window.IsClosed && database.TryAdd(request, fingerprints, failedItem, window.StatementCount < MeterLimits.StatementsMax
                && before < engine.Usage.Limits.StatementsPerBucketMax, out var isLost))
            {
                // Two at once may count a statement twice: then there is room for a little less.
                Interlocked.Add(ref window.StatementCount, Math.Max(0, database.StatementCount - before));
                Interlocked.Add(ref _lost, isLost ? 1 : 0);
                return;
            }

            // The window was taken between the look and the count; the next one is there already.
        }
    }

    private static DatabaseWindow? Find(MeterWindow window, in MeteredRequest request, DateTimeOffset hour)
    {
        var key = (request.Database.Id, hour.Ticks);
        if (window.Databases.TryGetValue(key, out var found))
        {
            return found;
        }

        if (window.DatabaseCount >= MeterLimits.DatabasesMax)
        {
            return null;
        }

        var fresh = new DatabaseWindow(hour);
        found = window.Databases.GetOrAdd(key, fresh);
        if (ReferenceEquals(found, fresh))
        {
            // A full fence, too: the entry is there before anybody asks whether the window is closed.
            Interlocked.Increment(ref window.DatabaseCount);
        }

        return found;
    }

    private async Task WriteFirstAsync()
    {
        var (requests, statements) = _unwritten[0];
        try
        {
            await engine.Usage.WriteAsync(requests, statements);
        }
        catch (SqlException error) when (error.PrimaryCode is not (SqliteFull or SqliteInputOutputError))
        {
            // Not the disk but what is in the batch: it would fail for ever, and hold up all that come after it.
            Interlocked.Add(ref _lost, requests.Sum(static row => row.Sums.Count));
            _unwritten.RemoveAt(0);
            throw;
        }

        _unwritten.RemoveAt(0);
    }

    /// <summary>Cuts a window into batches to write.</summary>
    private void Take(MeterWindow window)
    {
        window.IsClosed = true;
        List<RequestUsage> requests = [];
        List<StatementUsage> statements = [];
        foreach (var database in window.Databases.Values)
        {
            database.Take(requests, statements);
            if (requests.Count + statements.Count >= MeterLimits.RowsPerWrite)
            {
                _unwritten.Add((requests, statements));
                requests = [];
                statements = [];
            }
        }

        if (requests.Count > 0)
        {
            _unwritten.Add((requests, statements));
        }

        while (_unwritten.Sum(static batch => batch.Requests.Count) > MeterLimits.DatabasesMax)
        {
            Interlocked.Add(ref _lost, _unwritten[0].Requests.Sum(static row => row.Sums.Count));
            _unwritten.RemoveAt(0);
        }
    }

    private async Task LoopAsync()
    {
        using var timer = new PeriodicTimer(MeterLimits.FlushInterval, clock);
        var sinceTrim = MeterLimits.TrimInterval;
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
            {
                await TryAsync(FlushAsync);
                sinceTrim += MeterLimits.FlushInterval;
                if (sinceTrim >= MeterLimits.TrimInterval)
                {
                    sinceTrim = TimeSpan.Zero;
                    await TryAsync(() => engine.Usage.TrimAsync(clock.GetUtcNow()));
                }
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The way to end.
        }
    }

    private async Task TryAsync(Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (Exception error) when (error is EngineException or IOException or UnauthorizedAccessException)
        {
            // A boundary loop: requests go on without being metered, and the next turn tries again.
            logger.UsageNotWritten(error);
        }
    }
}
