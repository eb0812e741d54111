using Microsoft.Extensions.Logging;
using Shoal.Client.Buffering;
using Shoal.Client.Bulk;
using Shoal.Client.Diagnostics;

namespace Shoal.Client.Batching;

/// <summary>
/// Brings a batch to its end: every row gets one fate, rows that failed go to the dead letters, the spool lets go of what is
/// settled, and only then do those who wait hear of it.
/// </summary>
/// <remarks>Thread: safe.</remarks>
internal sealed class BatchCompletion<T>(EngineSetup<T> setup, string name, ILogger log, TimeProvider time)
{
    private readonly Lock _gate = new();
    private List<FailedItem<T>> _left = [];
    private long _deadLettered;

    public long DeadLettered => Interlocked.Read(ref _deadLettered);

    /// <summary>Sends a batch. Never fails.</summary>
    public async Task<List<Fate>> SendAsync(LaneSender<T> sender, LaneBatch<T> batch, long? settledBelow, CancellationToken stopping)
    {
        var fates = new List<Fate>(1);
        var settled = batch.Head;
        ShoalException rest;
        sender.Gate.Begin();
        try
        {
            stopping.ThrowIfCancellationRequested();
            await sender.SendAsync(batch, settledBelow, Settle, stopping).ConfigureAwait(false);
            rest = fates[^1].Error!;
        }
        catch (OperationCanceledException error)
        {
            rest = new ShoalException(ShoalErrorKind.Timeout, "the writer was closed before the row was settled", error)
            {
                Database = batch.Target.Name,
                Hint = "close with a longer deadline",
                MayHaveBeenApplied = sender.Gate.IsOpen,
            };
        }
        catch (Exception error)
        {
            // The boundary of the lane's loop: a bug must not leave rows without a fate, nor stop the lane.
            ClientLog.BatchBroke(log, error, batch.Target.Name, batch.Live);
            rest = new ShoalException(ShoalErrorKind.InvalidRequest, "the batch could not be sent: " + error.Message, error)
            {
                Database = batch.Target.Name,
                MayHaveBeenApplied = sender.Gate.IsOpen,
            };
        }

        if (settled < batch.Rows.Count)
        {
            var unknown = rest.MayHaveBeenApplied && sender.Gate.IsOpen;
            fates.Add(new Fate(settled, batch.Rows.Count, unknown ? ItemStatus.Unknown : ItemStatus.NotApplied, rest));
        }

        return fates;

        bool Settle(int from, int to, RowStatus status, ShoalException? error)
        {
            fates.Add(new Fate(from, to, StatusOf(status), error));
            settled = to;

            // What did not get through now does not in halves either.
            return status is RowStatus.Applied or RowStatus.Rejected;
        }
    }

    /// <summary>Sees to rows that failed, and takes those out of the spool that are not to be sent again. Never fails.</summary>
    public async Task<FlushReport> SettleAsync(LaneBatch<T> batch, List<Fate> fates, bool isStopping)
    {
        var report = new FlushReport();
        var failed = new List<FailedItem<T>>();
        foreach (var fate in fates)
        {
            report = report.Plus(fate.Status, fate.To - fate.From);
            if (fate.Status != ItemStatus.Applied)
            {
                ClientMetrics.Failed(name, WriteFaults.Of(fate.Error!));
                for (var index = fate.From; index < fate.To; index++)
                {
                    failed.Add(new FailedItem<T>(batch.Rows[index], fate.Status, fate.Error!));
                }
            }
        }

        // A spool keeps what a close cut off, and sends it the next time.
        var kept = isStopping && setup.Spool is not null;
        var doomed = kept ? failed.FindAll(static item => item.Status == ItemStatus.Rejected) : failed;
        var buried = doomed.Count == 0 || await BuryAsync(batch, doomed).ConfigureAwait(false);
        if (batch.Numbers is { } numbers)
        {
            foreach (var fate in fates)
            {
                if (fate.Status == ItemStatus.Applied
                    || (fate.Status == ItemStatus.Rejected && (buried || setup.Options.DeadLetters is null))
                    || (fate.Status is ItemStatus.NotApplied or ItemStatus.Unknown && buried && !kept))
                {
                    setup.Spool!.Settle(batch.Target.Name, numbers[fate.From], numbers[fate.To - 1]);
                }
            }
        }

        if (failed.Count > 0)
        {
            ClientLog.RowsFailed(log, name, batch.Target.Name, failed.Count, failed[0].Error.Kind);
            if (isStopping)
            {
                lock (_gate)
                {
                    _left.AddRange(failed.Where(static item => item.Status != ItemStatus.Rejected));
                }
            }

            Tell(failed);
        }

        return report;
    }

    /// <summary>Tells each who waits for a row.</summary>
    public static void Answer(LaneBatch<T> batch, List<Fate> fates, int attempts, TimeSpan latency)
    {
        foreach (var fate in fates)
        {
            for (var index = fate.From; index < fate.To; index++)
            {
                var ticket = batch.Tickets[index];
                ticket.Sink?.Settle(new ItemResult(ticket.Index, fate.Status, fate.Error, attempts, latency));
            }
        }
    }

    /// <summary>What the close could not settle; handed out once.</summary>
    public IReadOnlyList<FailedItem<T>> TakeLeft()
    {
        lock (_gate)
        {
            var left = _left;
            _left = [];
            return left;
        }
    }

    /// <summary>Puts rows into the dead letters; false when there are none, or they failed.</summary>
    private async Task<bool> BuryAsync(LaneBatch<T> batch, List<FailedItem<T>> failed)
    {
        if (setup.Options.DeadLetters is not { } store)
        {
            return false;
        }

        try
        {
            var now = time.GetUtcNow();
            var letters = failed.Select(item => DeadLetter.Of(setup.Map, batch.IsDelete ? WriteMode.Delete : setup.Mode,
                batch.Target.Name, item, now)).ToList();
            await store.AddAsync(letters, CancellationToken.None).ConfigureAwait(false);
            Interlocked.Add(ref _deadLettered, letters.Count);
            ClientMetrics.DeadLettered(name, letters.Count);
            return true;
        }
        catch (Exception error)
        {
            // A store is the user's: whatever it throws, the rows' results must still be told.
            ClientLog.DeadLettersBroke(log, error, name, failed.Count);
            return false;
        }
    }

    private void Tell(List<FailedItem<T>> failed)
    {
        try
        {
            setup.Failed?.Invoke(failed);
        }
        catch (Exception error)
        {
            // The user's code; the results must still be told.
            ClientLog.CallbackBroke(log, error, name);
        }
    }

    private static ItemStatus StatusOf(RowStatus status) => status switch
    {
        RowStatus.Applied => ItemStatus.Applied,
        RowStatus.Rejected => ItemStatus.Rejected,
        RowStatus.NotApplied => ItemStatus.NotApplied,
        RowStatus.Unknown => ItemStatus.Unknown,
    };
}
