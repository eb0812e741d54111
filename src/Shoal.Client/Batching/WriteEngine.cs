using Microsoft.Extensions.Logging;
using Shoal.Client.Buffering;
using Shoal.Client.Bulk;
using Shoal.Client.Diagnostics;
using Shoal.Client.Retry;

namespace Shoal.Client.Batching;

/// <summary>
/// What write buffers and batch writers stand on: items become batches per database, batches wait in lanes, lanes send. Whatever
/// happens, every item that was added gets exactly one result.
/// </summary>
/// <remarks>
/// Thread: safe. All state is under one lock; requests, dead letters, the callers' callbacks and results are outside of it. There
/// is a task per lane that has something to send, never one per item.
/// </remarks>
internal sealed class WriteEngine<T> : IWriterGauges, IDisposable
{
    private readonly EngineSetup<T> _setup;
    private readonly TimeProvider _time;
    private readonly long _began;
    private readonly GateShared _shared;
    private readonly WriteSql<T> _put;
    private readonly WriteSql<T>? _delete;
    private readonly int _batchBytesMax;
    private readonly int _itemBytesMax;
    private readonly CancellationTokenSource _stopping = new();
    private readonly LingerTimer<T>? _linger;
    private readonly BatchCompletion<T> _completion;

    private readonly Lock _gate = new();
    private readonly LaneTable<T> _lanes;
    private readonly LinkedList<LaneBatch<T>> _live = [];
    private readonly AdaptiveRows _rowsPerBatch;
    private readonly Pulse _space = new();
    private WriterStats _stats = new();
    private long _submitted;
    private long _rows;
    private long _bytes;
    private int _inFlight;
    private bool _closed;

    public WriteEngine(EngineSetup<T> setup)
    {
        _setup = setup;
        var options = setup.Options;
        var limits = setup.Client.Limits;
        _time = setup.Client.Options.TimeProvider;
        _began = _time.GetTimestamp();
        var log = setup.Client.Options.LoggerFactory.CreateLogger("Shoal.Client.Writer");
        _shared = new GateShared(options.Name, options.Limiter ?? new WriteLimiter(),
            new CircuitBreaker(options.Breaker.FailuresMax, options.Breaker.Pause, _time),
            options.Rate is { } rate ? new RateRamp(rate, _time) : null, new RetryPolicy(options.Retry), _time, log);
        _put = new WriteSql<T>(setup.Map, setup.Mode, limits);
        _delete = setup.IsDelete is null ? null : new WriteSql<T>(setup.Map, WriteMode.Delete, limits);

        // Statements repeat their text; half of the body leaves room for that, and four of the statements for the token.
        _batchBytesMax = Math.Min(options.BatchBytesMax, limits.BodyBytesMax / 2) - BlockSender<T>.FrameBytes;
        _itemBytesMax = limits.BodyBytesMax - (4 * BlockSender<T>.FrameBytes);
        var rowsMax = (int)Math.Min(options.BatchRowsMax, Math.Max(1, limits.StatementsMax - 4L) * _put.ValuesRowsMax);
        _lanes = new LaneTable<T>(setup, _shared);
        _rowsPerBatch = new AdaptiveRows(rowsMax, options.TargetLatency);
        _completion = new BatchCompletion<T>(setup, options.Name, log, _time);
        _linger = setup.Linger is { } linger ? new LingerTimer<T>(linger, setup.LingerJitter, _time, OnLinger) : null;
        ClientMetrics.Register(this);
    }

    public string Name => _shared.Name;

    public WriteLimiter Limiter => _shared.Limiter;

    public long BufferedRows => Interlocked.Read(ref _rows);

    public long BufferedBytes => Interlocked.Read(ref _bytes);

    public int PermitsInUse => _shared.Limiter.InUse;

    public TimeSpan Oldest
    {
        get
        {
            lock (_gate)
            {
                return _live.First is { } first ? Now - first.Value.Created : TimeSpan.Zero;
            }
        }
    }

    private TimeSpan Now => _time.GetElapsedTime(_began);

    /// <summary>Takes an item, if there is room.</summary>
    /// <param name="item">The item.</param>
    /// <param name="ticket">Who waits for it.</param>
    /// <param name="spooled">How it stands in the spool, if there is one.</param>
    /// <param name="eager">Whether its batch goes as soon as its lane is free.</param>
    public AddOutcome TryAdd(T item, Ticket ticket, SpoolEntry spooled = default, bool eager = false)
    {
        var database = _setup.DatabaseOf(item);
        var isDelete = _setup.IsDelete?.Invoke(item) ?? false;
        var key = _lanes.KeyOf(item, database);
        lock (_gate)
        {
            if (_closed)
            {
                return AddOutcome.Closed;
            }

            var lane = _lanes.LaneOf(key);
            var outcome = _rows < _setup.RowsMax ? Put(lane, database, item, ticket, isDelete, spooled) : AddOutcome.Full;
            if (outcome == AddOutcome.Added)
            {
                var batch = lane.Filling!;
                if (batch.Rows.Count >= _rowsPerBatch.Current)
                {
                    Seal(lane, FlushReason.Rows);
                }
                else if (eager)
                {
                    // While something is on its way, what comes gathers, and goes together.
                    Want(lane, FlushReason.Explicit, whenIdle: true);
                }
                else if (batch.Rows.Count == 1)
                {
                    _linger?.Add(batch, Now);
                }
            }
            else
            {
                _lanes.Retire(lane);
                if (outcome == AddOutcome.Full)
                {
                    // What fills the buffer may itself wait for more rows, which can not come.
                    WantAll(_rows < _setup.RowsMax ? FlushReason.Bytes : FlushReason.Rows);
                }
            }

            return outcome;
        }
    }

    /// <summary>Completes when there may be more room than now. Ask before you look, or you may miss it.</summary>
    public Task WhenChangedAsync()
    {
        lock (_gate)
        {
            return _space.Next;
        }
    }

    /// <summary>Takes the oldest item out that is not on its way; false when all are.</summary>
    public bool TryDropOldest(out T item, out Ticket ticket)
    {
        lock (_gate)
        {
            var node = _live.First;
            while (node is not null && (node.Value.IsSending || node.Value.Live == 0))
            {
                node = node.Next;
            }

            if (node is null)
            {
                (item, ticket) = (default!, default);
                return false;
            }

            var batch = node.Value;
            item = batch.Rows[batch.Head];
            ticket = batch.Tickets[batch.Head];
            if (batch.Numbers is { } numbers)
            {
                _setup.Spool!.Settle(batch.Target.Name, numbers[batch.Head], numbers[batch.Head]);
            }

            var bytes = batch.Rows.BytesOf(batch.Head, batch.Head + 1);
            batch.Head++;
            batch.Bytes -= bytes;
            _bytes -= bytes;
            _rows--;
            _stats = _stats with { Dropped = _stats.Dropped + 1 };
            if (batch.Live == 0)
            {
                Array.ForEach(Forget(batch), static waiter => waiter.Settled());
            }

            return true;
        }
    }

    /// <summary>Counts items that were never taken.</summary>
    public void Count(Func<WriterStats, WriterStats> change)
    {
        lock (_gate)
        {
            _stats = change(_stats);
        }
    }

    /// <summary>Sends what there is, and completes when all of it is settled.</summary>
    public Task<FlushReport> FlushAsync(FlushReason reason)
    {
        var waiter = new FlushWaiter();
        lock (_gate)
        {
            foreach (var batch in _live)
            {
                waiter.Add(batch);
            }

            WantAll(reason);
            waiter.CompleteIfEmpty();
        }

        return waiter.Task;
    }

    /// <summary>Lets everything go that waits for more rows.</summary>
    public void Send()
    {
        lock (_gate)
        {
            WantAll(FlushReason.Explicit);
        }
    }

    /// <summary>Refuses new items and sends what there is; what is not settled in time is given up and told as such.</summary>
    public async Task<CloseReport<T>> CloseAsync(TimeSpan deadline)
    {
        lock (_gate)
        {
            _closed = true;
            _space.Beat();
        }

        var flush = FlushAsync(FlushReason.Close);
        using var inTime = new CancellationTokenSource();
        if (await Task.WhenAny(flush, Task.Delay(deadline, _time, inTime.Token)).ConfigureAwait(false) != flush)
        {
            await _stopping.CancelAsync().ConfigureAwait(false);
        }

        await inTime.CancelAsync().ConfigureAwait(false);
        var report = await flush.ConfigureAwait(false);
        ClientMetrics.Unregister(this);
        _linger?.Dispose();
        return new CloseReport<T>(report, _completion.TakeLeft(), !_stopping.IsCancellationRequested);
    }

    public WriterStats Stats()
    {
        lock (_gate)
        {
            var sending = _live.Where(static batch => batch.IsSending).Sum(static batch => (long)batch.Live);
            return _stats with
            {
                Submitted = _submitted,
                MaxConcurrent = Limiter.MaxConcurrent,
                Limit = Limiter.Limit,
                AvailablePermits = Limiter.AvailablePermits,
                InFlight = _inFlight,
                Queued = _rows - sending,
                BufferedRows = _rows,
                BufferedBytes = _bytes,
                Oldest = _live.First is { } first ? Now - first.Value.Created : TimeSpan.Zero,
                BatchRows = _rowsPerBatch.Current,
                IsPaused = _shared.Breaker.IsOpen,
                PausedDatabases = _lanes.PausedTargets,
                DeadLettered = _completion.DeadLettered,
            };
        }
    }

    public void Dispose()
    {
        ClientMetrics.Unregister(this);
        _linger?.Dispose();
        _stopping.Dispose();
    }

    private AddOutcome Put(Lane<T> lane, string database, T item, Ticket ticket, bool isDelete, SpoolEntry spooled)
    {
        if (lane.Filling is { } open && (open.IsDelete != isDelete || open.Target.Name != database))
        {
            Seal(lane, FlushReason.Order);
        }

        var batch = lane.Filling ??= NewBatch(lane, database, isDelete);
        try
        {
            var before = batch.Rows.Bytes;
            batch.Rows.Add(item);
            if (batch.Rows.Count > 1 && batch.Rows.Bytes > _batchBytesMax)
            {
                batch.Rows.RemoveLast();
                Seal(lane, FlushReason.Bytes);
                batch = lane.Filling = NewBatch(lane, database, isDelete);
                before = 0;
                batch.Rows.Add(item);
            }

            var grown = batch.Rows.Bytes - before;
            if (grown > _itemBytesMax || grown > _setup.BytesMax)
            {
                return AddOutcome.TooLarge;
            }

            if (_bytes + grown > _setup.BytesMax)
            {
                return AddOutcome.Full;
            }

            batch.Numbers?.Add(spooled.Payload is { } payload ? _setup.Spool!.Append(database, payload) : spooled.Number);
            batch.Tickets.Add(ticket);
            batch.Bytes += grown;
            _bytes += grown;
            _rows++;
            _submitted++;
            return AddOutcome.Added;
        }
        finally
        {
            // Whatever kept the item out, the mapping and the spool included: the batch has only rows that somebody waits for.
            while (batch.Rows.Count > batch.Tickets.Count)
            {
                batch.Rows.RemoveLast();
            }

            if (batch.Rows.Count == 0)
            {
                TakeOff(batch);
            }
        }
    }

    private LaneBatch<T> NewBatch(Lane<T> lane, string database, bool isDelete)
    {
        var target = _lanes.TargetOf(database);
        var asParameters = _setup.Client.Options.Target == ShoalTarget.Shoal;
        var batch = new LaneBatch<T>(lane, target, _setup.Client.Channel.NewBlock(isDelete ? _delete! : _put, asParameters), isDelete,
            _setup.Spool is not null, Now);
        batch.Node = _live.AddLast(batch);
        return batch;
    }

    private void OnLinger()
    {
        lock (_gate)
        {
            while (_linger!.TakeDue(Now) is { } batch)
            {
                if (ReferenceEquals(batch.Lane.Filling, batch))
                {
                    Want(batch.Lane, FlushReason.Linger);
                }
            }
        }
    }

    private void WantAll(FlushReason reason)
    {
        foreach (var lane in _lanes.All)
        {
            Want(lane, reason);
        }
    }

    /// <summary>Seals what the lane fills, or marks it to be sealed when the lane is free; until then it takes more rows.</summary>
    private void Want(Lane<T> lane, FlushReason reason, bool whenIdle = false)
    {
        if (lane.Filling is { } batch)
        {
            if ((whenIdle ? lane.Running == 0 : lane.IsFree) && lane.Ready.Count == 0)
            {
                Seal(lane, batch.Wanted == FlushReason.None ? reason : batch.Wanted);
            }
            else if (batch.Wanted == FlushReason.None)
            {
                batch.Wanted = reason;
            }
        }
    }

    private void Seal(Lane<T> lane, FlushReason reason)
    {
        Enqueue(lane, lane.Filling!, reason);
        if (lane.IsFree)
        {
            lane.Running++;
            ThreadPool.UnsafeQueueUserWorkItem(static state => _ = state.Engine.DrainAsync(state.Lane),
                (Engine: this, Lane: lane), preferLocal: false);
        }
    }

    private void Enqueue(Lane<T> lane, LaneBatch<T> filled, FlushReason reason)
    {
        filled.Seal();
        lane.Filling = null;
        lane.Ready.Enqueue(filled);
        ClientMetrics.Flushed(Name, reason);
    }

    /// <summary>Sends batches of a lane until it has none. Never fails: what goes wrong becomes results.</summary>
    private async Task DrainAsync(Lane<T> lane)
    {
        while (Next(lane) is { } batch)
        {
            var sender = batch.Target.Rent();
            var (requests, bytes, written) = (sender.Requests, sender.BytesSent, sender.RowsWritten);
            var start = _time.GetTimestamp();
            var below = _setup.Spool?.SettledBelow(batch.Target.Name);
            var fates = await _completion.SendAsync(sender, batch, below, _stopping.Token).ConfigureAwait(false);
            var latency = _time.GetElapsedTime(start);
            var attempts = sender.Gate.Attempts;
            var report = await _completion.SettleAsync(batch, fates, _stopping.IsCancellationRequested).ConfigureAwait(false);
            batch.Rows.Recycle();
            lock (_gate)
            {
                _rows -= batch.Live;
                _bytes -= batch.Bytes;
                batch.Head = batch.Rows.Count;
                _inFlight--;
                _rowsPerBatch.Observe(latency);
                _stats = _stats.PlusBatch(report) with
                {
                    Requests = _stats.Requests + sender.Requests - requests,
                    BytesSent = _stats.BytesSent + sender.BytesSent - bytes,
                    RowsWritten = _stats.RowsWritten + sender.RowsWritten - written,
                };
                batch.Waiters?.ForEach(waiter => waiter.Count(report));
            }

            // Who has a result finds it in the statistics and in no later flush, and who waits for a flush finds that all have theirs.
            batch.Target.Return(sender);
            BatchCompletion<T>.Answer(batch, fates, attempts, latency);
            lock (_gate)
            {
                Array.ForEach(Forget(batch), static waiter => waiter.Settled());
            }
        }
    }

    private LaneBatch<T>? Next(Lane<T> lane)
    {
        lock (_gate)
        {
            while (true)
            {
                if (lane.Ready.Count == 0 && lane.Filling is { } filling && (filling.Wanted != FlushReason.None || _closed))
                {
                    Enqueue(lane, filling, filling.Wanted == FlushReason.None ? FlushReason.Close : filling.Wanted);
                }

                if (!lane.Ready.TryDequeue(out var batch))
                {
                    lane.Running--;
                    _lanes.Retire(lane);
                    return null;
                }

                if (batch.Live > 0)
                {
                    batch.IsSending = true;
                    _inFlight++;
                    return batch;
                }
            }
        }
    }

    /// <summary>Takes a batch off the books, and makes room.</summary>
    /// <returns>Who waits for it.</returns>
    private FlushWaiter[] Forget(LaneBatch<T> batch)
    {
        TakeOff(batch);
        _space.Beat();
        return batch.Waiters is { } waiters ? [.. waiters] : [];
    }

    private void TakeOff(LaneBatch<T> batch)
    {
        if (batch.Node is { } node)
        {
            _live.Remove(node);
            batch.Node = null;
        }

        if (ReferenceEquals(batch.Lane.Filling, batch))
        {
            batch.Lane.Filling = null;
        }

        if (!batch.IsSending)
        {
            batch.Seal();
            batch.Rows.Recycle();
            _bytes -= batch.Bytes;
            batch.Bytes = 0;
        }
    }
}
