using System.Runtime.ExceptionServices;
using Shoal.Client.Buffering;
using Shoal.Client.Bulk;
using Shoal.Client.Http;

namespace Shoal.Client.Batching;

/// <summary>
/// Writes items for many keys and many databases at once: in batches per database, with a bound on the requests at once, and a
/// result for every item in the order of the input.
/// </summary>
/// <remarks>
/// Thread: safe; calls share batches. Cost: a task per database that is being written, never one per item. Owns: items until they
/// are settled; who writes more than fits waits. The functions of the map run inside of the calls; they must be quick.
/// </remarks>
public sealed class BatchWriter<T> : IAsyncDisposable
{
    private static readonly TimeSpan DisposeDeadline = TimeSpan.FromSeconds(30);

    private readonly WriteEngine<T> _engine;
    private readonly TableMap<T> _map;
    private readonly Func<T, string> _databaseOf;
    private readonly BatchWriterOptions<T> _options;
    private readonly ShoalClient _client;
    private readonly WriteMode _mode;
    private readonly Lock _closing = new();
    private Task<CloseReport<T>>? _closed;

    /// <summary>A writer to one database.</summary>
    public BatchWriter(Database database, TableMap<T> map, WriteMode mode, BatchWriterOptions<T>? options = null)
        : this((database ?? throw new ArgumentNullException(nameof(database))).Client, _ => database.Name, map, mode, options)
    {
    }

    /// <summary>A writer to many databases.</summary>
    /// <param name="client">The client of all of them.</param>
    /// <param name="databaseOf">Name or id of an item's database.</param>
    /// <param name="map">How an item becomes a row.</param>
    /// <param name="mode">What happens to keys that are there already.</param>
    /// <param name="options">Settings.</param>
    public BatchWriter(ShoalClient client, Func<T, string> databaseOf, TableMap<T> map, WriteMode mode,
        BatchWriterOptions<T>? options = null)
    {
        ArgumentNullException.ThrowIfNull(client);
        ArgumentNullException.ThrowIfNull(databaseOf);
        ArgumentNullException.ThrowIfNull(map);
        ArgumentNullException.ThrowIfNull(mode);
        options ??= new BatchWriterOptions<T>();
        options.Validate();
        if (map.KeyColumns.Length == 0
            && (options.Order == ItemOrder.PerKey || options.Coalescing != Coalescing.Off || options.IsDelete is not null))
        {
            throw new ArgumentException($"the map of table '{map.Table}' has no key; say which columns are it with Key()", nameof(map));
        }

        (_client, _databaseOf, _map, _mode, _options) = (client, databaseOf, map, mode, options);
        _engine = new WriteEngine<T>(new EngineSetup<T>
        {
            Client = client,
            Map = map,
            Mode = mode,
            DatabaseOf = databaseOf,
            Options = options,
            Order = options.Order,
            IsDelete = options.IsDelete,
            RowsMax = options.PendingRowsMax,
            BytesMax = options.PendingBytesMax,
        });
    }

    /// <summary>Its state and what it has done.</summary>
    public WriterStats Stats => _engine.Stats();

    /// <summary>
    /// Writes one item and waits until it is settled. Items that are written at the same time go in one batch when something for
    /// their database is on its way already.
    /// </summary>
    /// <returns>What became of it. Failures of the database are results, no exceptions.</returns>
    public async Task<ItemResult> WriteOneAsync(T item, CancellationToken cancellation = default)
    {
        var receipt = new Receipt();
        await AddAsync(item, new Ticket(receipt, 0), eager: true, cancellation).ConfigureAwait(false);
        return await receipt.Task.WaitAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>Writes items and waits until all are settled.</summary>
    /// <returns>One result per item, in the order of the input. Failures of the database are results, no exceptions.</returns>
    /// <exception cref="WriteCanceledException">Cancelled; it has the results.</exception>
    public Task<IReadOnlyList<ItemResult>> WriteBatchAsync(IEnumerable<T> items, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(items);
        return WriteBatchAsync(items.ToAsyncEnumerable(), items.TryGetNonEnumeratedCount(out var count) ? count : 0, cancellation);
    }

    /// <summary>Writes items as they come and waits until all are settled.</summary>
    /// <returns>One result per item, in the order of the input. Failures of the database are results, no exceptions.</returns>
    /// <exception cref="WriteCanceledException">Cancelled; it has the results.</exception>
    public Task<IReadOnlyList<ItemResult>> WriteBatchAsync(IAsyncEnumerable<T> items, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(items);
        return WriteBatchAsync(items, 0, cancellation);
    }

    /// <summary>Waits until all items that were taken before are settled.</summary>
    public Task<FlushReport> FlushAsync(CancellationToken cancellation = default) =>
        _engine.FlushAsync(FlushReason.Explicit).WaitAsync(cancellation);

    /// <summary>Takes no more items, and waits for those it has; what is not settled at the deadline is given up and reported.</summary>
    public Task<CloseReport<T>> CloseAsync(TimeSpan deadline)
    {
        lock (_closing)
        {
            return _closed ??= _engine.CloseAsync(deadline);
        }
    }

    /// <summary>Closes within 30 seconds.</summary>
    public async ValueTask DisposeAsync()
    {
        await CloseAsync(DisposeDeadline).ConfigureAwait(false);
        _engine.Dispose();
    }

    private async Task<IReadOnlyList<ItemResult>> WriteBatchAsync(IAsyncEnumerable<T> items, int capacity, CancellationToken cancellation)
    {
        if (_options.Atomicity == Atomicity.AllOrNothing)
        {
            return await WriteWholeAsync(items, cancellation).ConfigureAwait(false);
        }

        var call = new BatchCall(capacity);
        var coalescer = _options.Coalescing == Coalescing.Off ? null : new Coalescer<T>(_map, _databaseOf, _options);
        Exception? broken = null;
        try
        {
            await foreach (var item in items.WithCancellation(cancellation).ConfigureAwait(false))
            {
                var index = call.Add();
                if (coalescer is not null)
                {
                    coalescer.Add(item);
                    continue;
                }

                await HandOverAsync(call, item, index, cancellation).ConfigureAwait(false);
            }

            foreach (var (item, index) in coalescer?.Winners ?? [])
            {
                await HandOverAsync(call, item, index, cancellation).ConfigureAwait(false);
            }
        }
        catch (Exception error)
        {
            // The input, the mapping or the cancellation: what was handed over is waited for all the same.
            broken = error;
        }

        _engine.Send();
        var results = await call.EndAsync().ConfigureAwait(false);
        if (coalescer is not null)
        {
            var superseded = coalescer.Spread(results);
            _engine.Count(stats => stats with { Superseded = stats.Superseded + superseded });
        }

        if (broken is OperationCanceledException && cancellation.IsCancellationRequested)
        {
            throw new WriteCanceledException(results, cancellation);
        }

        if (broken is not null)
        {
            ExceptionDispatchInfo.Throw(broken);
        }

        return results;
    }

    private async ValueTask HandOverAsync(BatchCall call, T item, int index, CancellationToken cancellation)
    {
        call.Expect();
        try
        {
            await AddAsync(item, new Ticket(call, index), eager: false, cancellation).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            call.Settle(new ItemResult(index, ItemStatus.NotApplied, error as ShoalException));
            throw;
        }
    }

    private async ValueTask AddAsync(T item, Ticket ticket, bool eager, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        while (true)
        {
            var added = _engine.TryAdd(item, ticket, default, eager);
            switch (added)
            {
                case AddOutcome.Added:
                    return;
                case AddOutcome.Closed:
                    throw new ObjectDisposedException(nameof(BatchWriter<>), "the batch writer is closed; the item was not taken");
                case AddOutcome.TooLarge:
                    ticket.Sink!.Settle(new ItemResult(ticket.Index, ItemStatus.Rejected, ApiErrors.Refused(
                        "the row alone is more than the target takes", "put large values elsewhere", _databaseOf(item))));
                    return;
                case AddOutcome.Full:
                default:
                    var changed = _engine.WhenChangedAsync();
                    added = _engine.TryAdd(item, ticket, default, eager);
                    if (added == AddOutcome.Added)
                    {
                        return;
                    }

                    if (added == AddOutcome.Full)
                    {
                        await changed.WaitAsync(cancellation).ConfigureAwait(false);
                    }

                    break;
            }
        }
    }

    /// <summary>All items in one request to one database, or none.</summary>
    private async Task<IReadOnlyList<ItemResult>> WriteWholeAsync(IAsyncEnumerable<T> items, CancellationToken cancellation)
    {
        var all = new List<T>();
        await foreach (var item in items.WithCancellation(cancellation).ConfigureAwait(false))
        {
            all.Add(item);
        }

        if (all.Count == 0)
        {
            return [];
        }

        var database = _databaseOf(all[0]);
        if (all.Exists(item => _databaseOf(item) != database) || _options.IsDelete is { } deletes && all.Exists(item => deletes(item)))
        {
            throw new ArgumentException("all or nothing is one request of writes to one database; write for each database by itself");
        }

        var began = _client.Options.TimeProvider.GetTimestamp();
        BulkReport report;
        ShoalException? error = null;
        try
        {
            report = await _client.Database(database, _options.CreateMissing).WriteManyAsync(_map, all, _mode,
                new BulkOptions { Atomicity = Atomicity.AllOrNothing }, cancellation).ConfigureAwait(false);
        }
        catch (BulkWriteException failure)
        {
            (report, error) = (failure.Report, failure);
        }

        var status = report.Applied > 0 ? ItemStatus.Applied : report.Rejected > 0 ? ItemStatus.Rejected
            : report.Unknown > 0 ? ItemStatus.Unknown : ItemStatus.NotApplied;
        var latency = _client.Options.TimeProvider.GetElapsedTime(began);
        return [.. all.Select((_, index) => new ItemResult(index, status, error, error?.Attempts ?? 1, latency))];
    }
}
