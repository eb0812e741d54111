namespace Shoal.Engine.Log;

/// <summary>Holds answers about one database until everything they could have seen is durable.</summary>
/// <remarks>
/// Between SQLite's commit and its capture readers can see a commit that has no position yet; the gate is then "pending" and
/// whoever comes waits for the position first. Thread: the writer calls the three state changes, anyone waits.
/// </remarks>
internal sealed class OutputGate(CommitLog? log)
{
    private const ulong Pending = ulong.MaxValue;

    private readonly Lock _gate = new();
    private ulong _visible;
    private LogPosition _last;
    private TaskCompletionSource? _captured;

    /// <summary>The newest commit that readers can see.</summary>
    public LogPosition Visible => _last;

    /// <summary>A commit is about to become visible.</summary>
    public void CommitStarting()
    {
        lock (_gate)
        {
            Volatile.Write(ref _visible, Pending);
        }
    }

    /// <summary>What is visible is in the log up to a position.</summary>
    public void CommitCaptured(LogPosition end)
    {
        TaskCompletionSource? waiting;
        lock (_gate)
        {
            _last = end;
            Volatile.Write(ref _visible, end.Value);
            waiting = _captured;
            _captured = null;
        }

        waiting?.SetResult();
    }

    /// <summary>Nothing new became visible.</summary>
    public void NothingCommitted() => CommitCaptured(_last);

    /// <summary>Completes when all that is visible now is durable. Cost: two reads when it already is.</summary>
    public ValueTask WaitAsync()
    {
        if (log is null || Faults.Is(Faults.NoReadGate))
        {
            return ValueTask.CompletedTask;
        }

        var visible = Volatile.Read(ref _visible);
        return visible != Pending && visible <= log.Durable.Value ? ValueTask.CompletedTask : WaitSlowAsync(log);
    }

    private async ValueTask WaitSlowAsync(CommitLog commitLog)
    {
        while (true)
        {
            Task captured;
            lock (_gate)
            {
                if (_visible != Pending)
                {
                    break;
                }

                _captured ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                captured = _captured.Task;
            }

            await captured.ConfigureAwait(false);
        }

        await commitLog.WaitDurableAsync(_last).ConfigureAwait(false);
    }
}
