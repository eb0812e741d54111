using System.Diagnostics;
using Shoal.Client;
using Shoal.Sync.Plan;
using Shoal.Sync.Postgres;
using Shoal.Sync.State;

namespace Shoal.Sync.Apply;

/// <summary>One tenant: the order of its batches, and how far it is.</summary>
/// <remarks>
/// Thread: safe; batches go out one at a time. While one is on its way, transactions that come merge into the next. A tenant
/// whose changes can not be applied drops them and asks to be copied again; it never holds the others back.
/// </remarks>
internal sealed class TenantLane
{
    private readonly LaneContext _context;
    private readonly TenantWriter _writer;
    private readonly Lock _gate = new();
    private readonly Queue<Segment> _queue = new();
    private List<HeldPart>? _held;
    private Segment? _last;
    private long? _writingSince;
    private CancellationTokenSource? _writing;
    private TaskCompletionSource? _idle;
    private TaskCompletionSource _hurry = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TenantState _state;
    private Task _running = Task.CompletedTask;
    private bool _runs;
    private bool _drops;

    public TenantLane(string tenant, LaneContext context, TenantWriter writer, TenantState state)
    {
        Tenant = tenant;
        _context = context;
        _writer = writer;
        _state = state;
    }

    public string Tenant { get; }

    public TenantWriter Writer => _writer;

    /// <summary>Whether it waits for a copy.</summary>
    public bool NeedsResync
    {
        get
        {
            lock (_gate)
            {
                return _drops;
            }
        }
    }

    /// <summary>Whether it is being copied.</summary>
    public bool IsHeld
    {
        get
        {
            lock (_gate)
            {
                return _held is not null;
            }
        }
    }

    /// <summary>For how long the batch that is on its way has been so.</summary>
    public TimeSpan Waited
    {
        get
        {
            lock (_gate)
            {
                return _writingSince is { } since && !_drops ? TimeSpan.FromMilliseconds(Environment.TickCount64 - since) : TimeSpan.Zero;
            }
        }
    }

    public TenantState State
    {
        get
        {
            lock (_gate)
            {
                return _state;
            }
        }
    }

    /// <summary>Adds this tenant's part of a transaction, which is the lane's from now on.</summary>
    /// <returns>Ends when it is durable.</returns>
    public Task Add(SourceTransaction transaction, ChangeSet changes, Task? after = null, bool seal = false)
    {
        transaction.Open();
        lock (_gate)
        {
            if (_held is not null)
            {
                var part = new HeldPart(transaction, changes, seal);
                _held.Add(part);
                _context.Progress.AddPending(changes);
                return part.Done.Task;
            }

            if (!_drops && !_state.Has(transaction.Xid, transaction.CommitLsn))
            {
                return Append(transaction, changes, after, seal);
            }

            if (!_drops)
            {
                _context.Progress.Counters.Skip();
            }
        }

        _context.Progress.Close(transaction);
        return Task.CompletedTask;
    }

    /// <summary>Keeps what comes, and waits until what came is done.</summary>
    /// <remarks>From here on it does not wait for rows to arrive elsewhere: that tenant may wait for its copy after this one.</remarks>
    public Task HoldAsync()
    {
        lock (_gate)
        {
            _held = [];
            _drops = false;
            _hurry.TrySetResult();
            if (!_runs)
            {
                return Task.CompletedTask;
            }

            _idle = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _idle.Task;
        }
    }

    /// <summary>A copy is in place: goes on with what was kept and is not in it.</summary>
    public void Release(TenantState state)
    {
        List<HeldPart> skipped = [];
        lock (_gate)
        {
            _state = state;
            _drops = false;
            _hurry = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var held = _held ?? [];
            _held = null;
            foreach (var part in held)
            {
                _context.Progress.RemovePending(part.Changes);
                if (state.Has(part.Transaction.Xid, part.Transaction.CommitLsn))
                {
                    skipped.Add(part);
                }
                else
                {
                    // Who waits for it must not come to wait for what is merged behind it, which may wait for them.
                    part.DoneAfter(Append(part.Transaction, part.Changes, null, part.Seals));
                }
            }
        }

        foreach (var part in skipped)
        {
            _context.Progress.Counters.Skip();
            _context.Progress.Close(part.Transaction);
            part.Done.TrySetResult();
        }
    }

    /// <summary>The copy did not succeed: what was kept is dropped, for the next copy will hold it.</summary>
    public void Abandon()
    {
        List<HeldPart> held;
        lock (_gate)
        {
            held = _held ?? [];
            _held = null;
            _drops = true;
        }

        foreach (var part in held)
        {
            _context.Progress.RemovePending(part.Changes);
            _context.Progress.Close(part.Transaction);
            part.Done.TrySetResult();
        }
    }

    /// <summary>Drops what comes from here on; the caller has noted that the tenant must be copied.</summary>
    public void Drop()
    {
        lock (_gate)
        {
            _drops = true;
        }
    }

    /// <summary>
    /// Drops what waits, and what comes until the tenant is copied. A batch that is on its way may still arrive: then the copy finds
    /// its rows, or it finds the copy and is refused.
    /// </summary>
    public async Task ShedAsync(string reason)
    {
        SyncLog.NeedsResync(_context.Log, Tenant, reason);
        await _context.PersistAsync(() => _context.Store.SetStatusAsync(Tenant, "needsResync", reason, _context.Stopping));
        lock (_gate)
        {
            _drops = true;

            // Under the lock, or it might be gone by now.
            _writing?.CancelAfter(TimeSpan.Zero);
        }
    }

    /// <summary>Ends when no batch is on its way any more.</summary>
    public Task StopAsync()
    {
        lock (_gate)
        {
            return _running;
        }
    }

    /// <summary>
    /// Drops what comes until the tenant is copied. A copy that is under way may not have seen what is given up, so it ends first;
    /// one that begins after that has.
    /// </summary>
    public async Task GiveUpAsync(string reason)
    {
        while (IsHeld)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), _context.Stopping);
        }

        SyncLog.NeedsResync(_context.Log, Tenant, reason);
        Drop();
        await _context.PersistAsync(() => _context.Store.SetStatusAsync(Tenant, "needsResync", reason, _context.Stopping));
    }

    private Task Append(SourceTransaction transaction, ChangeSet changes, Task? after, bool seal)
    {
        _context.Progress.AddPending(changes);
        var segment = _last;
        if (segment is null || segment.IsSealed || segment.Changes.Rows + changes.Rows > _context.Settings.Apply.MaxRows
            || segment.Changes.Bytes + changes.Bytes > TenantWriter.BatchBytesMax)
        {
            _last = segment = new Segment(changes);
            _queue.Enqueue(segment);
        }
        else
        {
            segment.Changes.Merge(changes);
        }

        segment.Transactions.Add(transaction);
        segment.IsSealed |= seal;
        if (after is not null)
        {
            segment.After.Add(after);
        }

        if (!_runs)
        {
            _runs = true;
            _running = Task.Run(RunAsync);
        }

        return segment.Done;
    }

    private async Task RunAsync()
    {
        try
        {
            while (Next() is { } segment)
            {
                if (segment.After.Count > 0)
                {
                    await Task.WhenAny(Task.WhenAll(segment.After), _hurry.Task).WaitAsync(_context.Stopping);
                }

                await RunAsync(segment);
            }
        }
        catch (OperationCanceledException) when (_context.Stopping.IsCancellationRequested)
        {
            // What is left comes again with the next run.
            _context.Fail(new OperationCanceledException(_context.Stopping));
        }
        catch (Exception error)
        {
            _context.Fail(error);
        }
    }

    private Segment? Next()
    {
        lock (_gate)
        {
            if (!_queue.TryDequeue(out var first))
            {
                _runs = false;
                _idle?.TrySetResult();
                _idle = null;
                return null;
            }

            // Nothing may be merged into what is on its way.
            first.IsSealed = true;
            _last = ReferenceEquals(_last, first) ? null : _last;
            return first;
        }
    }

    private async Task RunAsync(Segment segment)
    {
        if (Begin() is { } stop)
        {
            try
            {
                await WriteAsync(segment, stop.Token);
            }
            finally
            {
                End(stop);
            }
        }

        segment.Finish();
        _context.Progress.RemovePending(segment.Changes);
        foreach (var transaction in segment.Transactions)
        {
            _context.Progress.Close(transaction);
        }
    }

    /// <returns>What ends the writing early; null when nothing is to be written.</returns>
    private CancellationTokenSource? Begin()
    {
        lock (_gate)
        {
            return _writing = _drops ? null : CancellationTokenSource.CreateLinkedTokenSource(_context.Stopping);
        }
    }

    private void End(CancellationTokenSource stop)
    {
        lock (_gate)
        {
            _writing = null;
        }

        stop.Dispose();
    }

    private async Task WriteAsync(Segment segment, CancellationToken stop)
    {
        try
        {
            await _context.Slots.WaitAsync(stop);
            try
            {
                Note(writing: true);
                var began = Stopwatch.GetTimestamp();
                var reason = await _writer.WriteAsync(State, segment, stop);
                if (reason is null)
                {
                    _context.Progress.Counters.Applied(Tenant, segment.Changes, Stopwatch.GetElapsedTime(began));
                    lock (_gate)
                    {
                        _state = _state with { Position = (long)segment.LastLsn };
                    }
                }
                else
                {
                    // On record before anything is confirmed, or a kill would forget that rows are missing.
                    SyncLog.NeedsResync(_context.Log, Tenant, reason);
                    await _context.PersistAsync(() => _context.Store.SetStatusAsync(Tenant, "needsResync", reason, _context.Stopping));
                    Drop();
                }
            }
            finally
            {
                Note(writing: false);
                _context.Slots.Release();
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested && !_context.Stopping.IsCancellationRequested)
        {
            // The tenant was given up, which is on record.
        }
    }

    private void Note(bool writing)
    {
        lock (_gate)
        {
            _writingSince = writing ? Environment.TickCount64 : null;
        }
    }
}
