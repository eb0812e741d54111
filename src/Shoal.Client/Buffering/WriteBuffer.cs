using System.Text.Json;
using Shoal.Client.Batching;
using Shoal.Client.Bulk;

namespace Shoal.Client.Buffering;

/// <summary>
/// Takes rows one by one and writes them in batches: when there are enough, when they are large enough, or when the first of them
/// has waited long enough. Rows of a database arrive in the order in which they were added.
/// </summary>
/// <remarks>
/// Thread: safe. Owns: rows until they are settled, within bounds of rows and bytes. Every row that was taken is applied, or told
/// of: to <see cref="WriteBufferOptions{T}.Failed"/>, <see cref="WriteBufferOptions{T}.Dropped"/>, the dead letters, the report of
/// a close, and to who waits in <see cref="WriteAsync"/>. The functions of the map run inside of the add; they must be quick and
/// must not use the buffer.
/// </remarks>
public sealed class WriteBuffer<T> : IAsyncDisposable
{
    private readonly WriteBufferOptions<T> _options;
    private readonly ShoalClient _client;
    private readonly Spool<T>? _spool;
    private readonly WriteEngine<T> _engine;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly Lock _closing = new();
    private readonly ExitHook? _exit;
    private Task<CloseReport<T>>? _closed;
    private int _waiting;
    private volatile TaskCompletionSource? _exiting;

    /// <summary>A buffer for one database.</summary>
    public WriteBuffer(Database database, TableMap<T> map, WriteMode mode, WriteBufferOptions<T>? options = null)
        : this((database ?? throw new ArgumentNullException(nameof(database))).Client, _ => database.Name, map, mode, options)
    {
    }

    /// <summary>One buffer for many databases.</summary>
    /// <param name="client">The client of all of them.</param>
    /// <param name="databaseOf">Name or id of an item's database.</param>
    /// <param name="map">How an item becomes a row.</param>
    /// <param name="mode">What happens to keys that are there already.</param>
    /// <param name="options">Settings.</param>
    public WriteBuffer(ShoalClient client, Func<T, string> databaseOf, TableMap<T> map, WriteMode mode,
        WriteBufferOptions<T>? options = null)
        : this(client, databaseOf, map, mode, options ?? new WriteBufferOptions<T>(), spool: null)
    {
        if (options?.SpoolFolder is not null)
        {
            throw new ArgumentException(
                $"a buffer with a spool is opened with {nameof(WriteBuffer)}.{nameof(WriteBuffer.OpenAsync)}, which sends what it holds");
        }
    }

    private WriteBuffer(ShoalClient client, Func<T, string> databaseOf, TableMap<T> map, WriteMode mode,
        WriteBufferOptions<T> options, Spool<T>? spool)
    {
        ArgumentNullException.ThrowIfNull(client);
        ArgumentNullException.ThrowIfNull(databaseOf);
        ArgumentNullException.ThrowIfNull(map);
        ArgumentNullException.ThrowIfNull(mode);
        options.Validate();
        _options = options;
        _client = client;
        _spool = spool;
        _engine = new WriteEngine<T>(new EngineSetup<T>
        {
            Client = client,
            Map = map,
            Mode = mode,
            DatabaseOf = databaseOf,
            Options = options,
            Order = ItemOrder.PerDatabase,
            RowsMax = options.BufferedRowsMax,
            BytesMax = options.BufferedBytesMax,
            Linger = options.Linger > TimeSpan.Zero ? options.Linger : null,
            LingerJitter = options.LingerJitter < options.Linger ? options.LingerJitter : options.Linger,
            Spool = spool,
            Failed = options.Failed,
        });
        if (options.CloseAtExit)
        {
            _exit = new ExitHook(SettleForExit);
        }
    }

    /// <summary>Its state and what it has done.</summary>
    public WriterStats Stats => _engine.Stats();

    internal static async Task<WriteBuffer<T>> OpenAsync(ShoalClient client, Func<T, string> databaseOf, TableMap<T> map,
        WriteMode mode, WriteBufferOptions<T> options, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(client);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        if (options.SpoolFolder is not { } folder)
        {
            return new WriteBuffer<T>(client, databaseOf, map, mode, options, spool: null);
        }

        var log = client.Options.LoggerFactory.CreateLogger("Shoal.Client.Spool");
        var spool = Spool<T>.Open(folder, options.SpoolType!, options.SpoolFlush, log);
        try
        {
            await spool.ForgetAppliedAsync(client, cancellation).ConfigureAwait(false);
            var buffer = new WriteBuffer<T>(client, databaseOf, map, mode, options, spool);
            await buffer.ResumeAsync(cancellation).ConfigureAwait(false);
            return buffer;
        }
        catch
        {
            spool.Dispose();
            throw;
        }
    }

    /// <summary>Adds an item. Completes when the buffer has it; with a spool, when the spool has it.</summary>
    /// <exception cref="BufferFullException">There was no room, or none in time. The item was not taken.</exception>
    /// <exception cref="ObjectDisposedException">The buffer is closed. The item was not taken.</exception>
    /// <exception cref="ShoalException">The item alone is larger than a request or the buffer may be.</exception>
    /// <exception cref="OperationCanceledException">Cancelled while it waited for room. The item was not taken.</exception>
    public ValueTask AddAsync(T item, CancellationToken cancellation = default) => TakeAsync(item, default, cancellation);

    /// <summary>Adds an item when there is room now. Never waits, not for the disk of a spool that is flushed either.</summary>
    /// <returns>False when there was no room, or the item was thrown away.</returns>
    public bool TryAdd(T item)
    {
        var added = Volatile.Read(ref _waiting) == 0 ? Add(item, default) : AddOutcome.Full;
        switch (added)
        {
            case AddOutcome.Added:
                return true;
            case AddOutcome.Full when _options.WhenFull == FullPolicy.DropOldest:
                DropFor(item, default);
                return true;
            case AddOutcome.Full when _options.WhenFull == FullPolicy.DropNewest:
                Drop([item], default, FullPolicy.DropNewest);
                return false;
            case AddOutcome.Full:
                _engine.Count(static stats => stats with { Refused = stats.Refused + 1 });
                Diagnostics.ClientMetrics.Dropped(_options.Name, "reject", 1);
                return false;
            case AddOutcome.TooLarge or AddOutcome.Closed:
            default:
                throw Refused(added);
        }
    }

    /// <summary>Adds an item and waits until it is settled.</summary>
    /// <returns>What became of it; the task fails only as <see cref="AddAsync"/> does.</returns>
    public async Task<ItemResult> WriteAsync(T item, CancellationToken cancellation = default)
    {
        var receipt = new Receipt();
        await TakeAsync(item, new Ticket(receipt, 0), cancellation).ConfigureAwait(false);

        // The item is the buffer's now: a cancellation ends the waiting, not the write.
        return await receipt.Task.WaitAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>
    /// Sends what there is and waits until all items that were taken before are settled: those that are queued, on their way,
    /// and waiting to be sent again.
    /// </summary>
    /// <param name="cancellation">Ends the waiting, not the writes.</param>
    public Task<FlushReport> FlushAsync(CancellationToken cancellation = default) =>
        _engine.FlushAsync(FlushReason.Explicit).WaitAsync(cancellation);

    /// <summary>
    /// Takes no more items, sends what there is, and waits. What is not settled at the deadline is given up: it stands in the
    /// report, in the spool if there is one, or else in the dead letters.
    /// </summary>
    public Task<CloseReport<T>> CloseAsync(TimeSpan deadline)
    {
        lock (_closing)
        {
            return _closed ??= CloseCoreAsync(deadline);
        }
    }

    /// <summary>Closes with the deadline of the options.</summary>
    public async ValueTask DisposeAsync() => await CloseAsync(_options.CloseDeadline).ConfigureAwait(false);

    private async Task<CloseReport<T>> CloseCoreAsync(TimeSpan deadline)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        _exit?.Dispose();
        var report = await _engine.CloseAsync(deadline).ConfigureAwait(false);
        _spool?.Dispose();
        _engine.Dispose();
        return report;
    }

    private ValueTask TakeAsync(T item, Ticket ticket, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var payload = PayloadOf(item);
        var added = Volatile.Read(ref _waiting) == 0 ? Add(item, ticket, payload) : AddOutcome.Full;
        return added == AddOutcome.Added && !_options.SpoolFlush && _exiting is null ? ValueTask.CompletedTask
            : new ValueTask(AddSlowAsync(item, ticket, payload, added, cancellation));
    }

    private async Task AddSlowAsync(T item, Ticket ticket, byte[]? payload, AddOutcome added, CancellationToken cancellation)
    {
        if (added == AddOutcome.Full)
        {
            switch (_options.WhenFull)
            {
                case FullPolicy.Wait:
                    added = await WaitAsync(item, ticket, payload, cancellation).ConfigureAwait(false);
                    break;
                case FullPolicy.Reject:
                    throw Full(waited: null);
                case FullPolicy.DropOldest:
                    DropFor(item, ticket);
                    added = AddOutcome.Added;
                    break;
                case FullPolicy.DropNewest:
                    Drop([item], [ticket], FullPolicy.DropNewest);
                    return;
                default:
                    throw new InvalidOperationException($"no such policy: {_options.WhenFull}");
            }
        }

        if (added != AddOutcome.Added)
        {
            throw Refused(added);
        }

        if (_spool is { } spool && _options.SpoolFlush)
        {
            await spool.FlushAsync().ConfigureAwait(false);
        }

        if (_exiting is { } exiting)
        {
            await exiting.Task.WaitAsync(cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Settles what the buffer holds, while the process waits to end. Who adds meanwhile does not hear of it before the process
    /// has ended, or goes on after all: so nobody is told that a row is taken that is then lost.
    /// </summary>
    private void SettleForExit()
    {
        var exiting = _exiting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var began = Environment.TickCount64;
        do
        {
            var rest = _options.CloseDeadline - TimeSpan.FromMilliseconds(Environment.TickCount64 - began);
            if (rest <= TimeSpan.Zero || !_engine.FlushAsync(FlushReason.Close).Wait(rest))
            {
                break;
            }
        }
        while (_engine.BufferedRows > 0);

        // Where somebody else keeps the process alive, it goes on a moment later.
        _ = GoOnAsync(exiting);
    }

    private async Task GoOnAsync(TaskCompletionSource exiting)
    {
        await Task.Delay(TimeSpan.FromSeconds(1)).ConfigureAwait(false);
        _exiting = null;
        exiting.TrySetResult();
    }

    private AddOutcome Add(T item, Ticket ticket) => Add(item, ticket, PayloadOf(item));

    private AddOutcome Add(T item, Ticket ticket, byte[]? payload) => _spool?.Bytes >= _options.SpoolBytesMax ? AddOutcome.Full
        : _engine.TryAdd(item, ticket, new SpoolEntry(payload, 0), eager: _options.Linger == TimeSpan.Zero);

    private byte[]? PayloadOf(T item) => _spool is null ? null : JsonSerializer.SerializeToUtf8Bytes(item, _options.SpoolType!);

    /// <summary>Waits for room, in the order of asking.</summary>
    private async Task<AddOutcome> WaitAsync(T item, Ticket ticket, byte[]? payload, CancellationToken cancellation)
    {
        _engine.Count(static stats => stats with { Waited = stats.Waited + 1 });
        Interlocked.Increment(ref _waiting);
        using var late = new CancellationTokenSource(_options.FullTimeout, _client.Options.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, late.Token);
        try
        {
            await _turn.WaitAsync(either.Token).ConfigureAwait(false);
            try
            {
                while (true)
                {
                    // Asked for first: room that appears in between is not missed.
                    var changed = _engine.WhenChangedAsync();
                    var added = Add(item, ticket, payload);
                    if (added != AddOutcome.Full)
                    {
                        return added;
                    }

                    await changed.WaitAsync(either.Token).ConfigureAwait(false);
                }
            }
            finally
            {
                _turn.Release();
            }
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            throw Full(_options.FullTimeout);
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    /// <summary>Makes room by throwing the oldest away; if all there is is on its way, the new one goes.</summary>
    private void DropFor(T item, Ticket ticket)
    {
        var payload = PayloadOf(item);
        var items = new List<T>();
        var tickets = new List<Ticket>();
        var added = AddOutcome.Full;
        while (added == AddOutcome.Full && _engine.TryDropOldest(out var old, out var oldTicket))
        {
            items.Add(old);
            tickets.Add(oldTicket);
            added = Add(item, ticket, payload);
        }

        Drop(items, tickets, FullPolicy.DropOldest, counted: true);
        if (added == AddOutcome.Full)
        {
            Drop([item], [ticket], FullPolicy.DropOldest);
        }
        else if (added != AddOutcome.Added)
        {
            throw Refused(added);
        }
    }

    private void Drop(IReadOnlyList<T> items, IReadOnlyList<Ticket>? tickets, FullPolicy policy, bool counted = false)
    {
        if (items.Count == 0)
        {
            return;
        }

        if (!counted)
        {
            _engine.Count(stats => stats with { Dropped = stats.Dropped + items.Count });
        }

        Diagnostics.ClientMetrics.Dropped(_options.Name, policy == FullPolicy.DropOldest ? "drop_oldest" : "drop_newest", items.Count);
        foreach (var ticket in tickets ?? [])
        {
            ticket.Sink?.Settle(new ItemResult(ticket.Index, ItemStatus.Dropped,
                new BufferFullException(_options.BufferedRowsMax, _options.BufferedBytesMax, waited: null)));
        }

        _options.Dropped?.Invoke(new DroppedItems<T>(items, policy));
    }

    private BufferFullException Full(TimeSpan? waited)
    {
        _engine.Count(static stats => stats with { Refused = stats.Refused + 1 });
        Diagnostics.ClientMetrics.Dropped(_options.Name, waited is null ? "reject" : "wait", 1);
        return new BufferFullException(_engine.BufferedRows, _engine.BufferedBytes, waited);
    }

    private Exception Refused(AddOutcome outcome) => outcome == AddOutcome.Closed
        ? new ObjectDisposedException(nameof(WriteBuffer<>), "the write buffer is closed; the item was not taken")
        : Http.ApiErrors.Refused("the item alone is too large for a request or for the buffer",
            $"raise {nameof(WriteBufferOptions<>.BufferedBytesMax)}, or put large values elsewhere");

    /// <summary>Adds what the spool holds, past the policy of a full buffer.</summary>
    private async Task ResumeAsync(CancellationToken cancellation)
    {
        foreach (var (number, item) in _spool!.Unsettled())
        {
            while (true)
            {
                var changed = _engine.WhenChangedAsync();
                var added = _engine.TryAdd(item, default, new SpoolEntry(null, number));
                if (added == AddOutcome.Added)
                {
                    break;
                }

                if (added != AddOutcome.Full)
                {
                    throw Refused(added);
                }

                await changed.WaitAsync(cancellation).ConfigureAwait(false);
            }
        }
    }
}
