using Shoal.Client;
using Shoal.Sync.Apply;
using Shoal.Sync.Queue;
using Shoal.Sync.State;

namespace Shoal.Sync.Streaming;

/// <summary>
/// Messages that the application wrote into its own transactions: takes them out of the stream and puts them into the queue, once.
/// </summary>
/// <remarks>
/// Thread: the stream's. Order: a tenant's messages enter the queue in the order of commits, each after the rows of its own and of
/// all earlier transactions are durable at the tenant. Nothing is confirmed to PostgreSQL before its messages are in the queue.
/// </remarks>
internal sealed class Outbox(LaneContext context, TenantDirectory directory, StateStore state, SyncQueue queue)
{
    private const int KeptMax = 10_000;
    private const int ShownLengthMax = 300;

    private static readonly TimeSpan RoomPoll = TimeSpan.FromMilliseconds(100);

    private readonly QueueStore _store = new(context.Client, context.Settings);
    private readonly Dictionary<string, Task> _last = new(StringComparer.Ordinal);
    private readonly List<PushMessage> _messages = [];
    private readonly List<(string Text, string Reason)> _wrong = [];
    private int _waiting;

    /// <summary>A transaction begins.</summary>
    public void Clear()
    {
        _messages.Clear();
        _wrong.Clear();
    }

    /// <summary>Reads what stands in a message: one change, or several.</summary>
    public void Read(ReadOnlyMemory<byte> data)
    {
        try
        {
            _messages.AddRange(queue.Reader.Read(data));
        }
        catch (MessageRefusedException error)
        {
            AddWrong(data, error.Message);
        }
    }

    /// <summary>A message that came outside of a transaction: it may be of one that was rolled back.</summary>
    public Task RefuseAsync(ReadOnlyMemory<byte> data, ulong lsn)
    {
        Clear();
        AddWrong(data, "the message is not of a transaction: pg_logical_emit_message(true, …) makes one that is");
        return KeepWrongAsync(lsn);
    }

    /// <summary>The transaction has committed, and its rows are on their way.</summary>
    public async Task HandOverAsync(SourceTransaction transaction)
    {
        await KeepWrongAsync(transaction.CommitLsn);
        foreach (var group in _messages.GroupBy(static message => message.Tenant, StringComparer.Ordinal))
        {
            // An empty part takes its place behind all rows that came before.
            var rows = (await directory.GetAsync(group.Key)).Add(transaction, new ChangeSet());
            Forget();
            await WaitForRoomAsync();
            _last[group.Key] = StoreAsync(transaction, group.Key, [.. group], rows, _last.GetValueOrDefault(group.Key, Task.CompletedTask));
        }
    }

    private async Task StoreAsync(SourceTransaction transaction, string tenant, IReadOnlyList<PushMessage> messages, Task rows, Task before)
    {
        transaction.Open();
        Interlocked.Add(ref _waiting, messages.Count);
        try
        {
            await Task.WhenAll(before, rows).WaitAsync(context.Stopping);
            await queue.TakeAsync(messages.Count, () => context.PersistAsync(() => _store.AddOnceAsync(tenant, messages,
                transaction.CommitLsn, DateTimeOffset.UtcNow, context.Stopping)));
            Interlocked.Add(ref _waiting, -messages.Count);
            context.Progress.Close(transaction);
        }
        catch (Exception error) when (error is ShoalException or OperationCanceledException)
        {
            // Not confirmed, so the next run meets it again.
            context.Fail(error);
            throw;
        }
    }

    private async Task KeepWrongAsync(ulong lsn)
    {
        for (var index = 0; index < _wrong.Count; index++)
        {
            var (text, reason) = _wrong[index];
            SyncLog.DeadLetter(context.Log, "", StateStore.OutboxOperation, reason);
            context.Progress.Counters.DeadLetter();
            await context.PersistAsync(() => state.AddOutboxLetterAsync(text, reason, lsn, context.Stopping));
        }
    }

    private void AddWrong(ReadOnlyMemory<byte> data, string reason)
    {
        var text = System.Text.Encoding.UTF8.GetString(data.Span[..Math.Min(data.Length, ShownLengthMax)]);
        _wrong.Add((data.Length <= ShownLengthMax ? text : text + "…", reason));
    }

    /// <summary>A tenant that is being copied keeps its messages waiting in memory; too many hold the stream back.</summary>
    private async Task WaitForRoomAsync()
    {
        while (Volatile.Read(ref _waiting) >= context.Settings.Apply.MaxPendingRows)
        {
            await Task.WhenAny(_last.Values.Where(static one => !one.IsCompleted).Append(Task.Delay(RoomPoll, context.Stopping)));
            context.Stopping.ThrowIfCancellationRequested();
        }
    }

    private void Forget()
    {
        if (_last.Count >= KeptMax)
        {
            foreach (var (tenant, _) in _last.Where(static one => one.Value.IsCompletedSuccessfully).ToList())
            {
                _last.Remove(tenant);
            }
        }
    }
}
