using Shoal.Protocol;

namespace Shoal.Engine.Databases;

/// <summary>The reader connections of one database, opened when first needed, at most a few.</summary>
/// <remarks>Thread: safe for any. A caller beyond the last connection waits in order; the queue is bounded.</remarks>
internal sealed class ReaderPool : IDisposable
{
    private readonly Lock _gate = new();
    private readonly DatabaseId _id;
    private readonly string _path;
    private readonly EngineLimits _limits;
    private readonly Stack<DatabaseConnection> _idle = new();
    private readonly LinkedList<TaskCompletionSource<DatabaseConnection?>> _waiting = new();
    private readonly DurabilityMode _durability;
    private int _opened;

    public ReaderPool(DatabaseId id, string path, EngineLimits limits, DurabilityMode durability)
    {
        _id = id;
        _path = path;
        _limits = limits;
        _durability = durability;
    }

    /// <summary>Callers that wait for a connection; a moment's number, read without the lock.</summary>
    public int WaitingCount => _waiting.Count;

    /// <summary>A connection for the caller alone. Completes at once when one is free or may be opened.</summary>
    /// <exception cref="EngineException">Too many wait already.</exception>
    public ValueTask<DatabaseConnection> RentAsync(CancellationToken cancellation)
    {
        LinkedListNode<TaskCompletionSource<DatabaseConnection?>>? waiter = null;
        lock (_gate)
        {
            if (_idle.TryPop(out var connection))
            {
                return ValueTask.FromResult(connection);
            }

            if (_opened < _limits.ReadersPerDatabaseMax)
            {
                _opened++;
            }
            else if (_waiting.Count >= _limits.ReadQueueMax)
            {
                throw new EngineException(EngineErrorKind.Overloaded, "D1 DB is overloaded. Too many requests queued.",
                    "Send fewer requests at once.", _id);
            }
            else
            {
                waiter = _waiting.AddLast(
                    new TaskCompletionSource<DatabaseConnection?>(TaskCreationOptions.RunContinuationsAsynchronously));
            }
        }

        return waiter is null ? ValueTask.FromResult(Open()) : WaitAsync(waiter, cancellation);
    }

    /// <summary>Gives a connection back.</summary>
    public void Return(DatabaseConnection connection)
    {
        lock (_gate)
        {
            if (TakeWaiter() is { } waiter)
            {
                waiter.SetResult(connection);
                return;
            }

            _idle.Push(connection);
        }
    }

    /// <summary>Frees statements and pages of the connections that nobody uses.</summary>
    public void ReleaseMemory()
    {
        lock (_gate)
        {
            foreach (var connection in _idle)
            {
                connection.ReleaseMemory();
            }
        }
    }

    /// <summary>Closes all connections. Nobody may be using one.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            while (_idle.TryPop(out var connection))
            {
                connection.Dispose();
                _opened--;
            }
        }
    }

    private DatabaseConnection Open()
    {
        try
        {
            return DatabaseConnection.Open(_id, _path, _limits, _durability, isWriter: false);
        }
        catch
        {
            lock (_gate)
            {
                _opened--;

                // A waiter may count on this connection: it has to try for itself.
                TakeWaiter()?.SetResult(null);
            }

            throw;
        }
    }

    private TaskCompletionSource<DatabaseConnection?>? TakeWaiter()
    {
        var first = _waiting.First;
        if (first is not null)
        {
            _waiting.RemoveFirst();
        }

        return first?.Value;
    }

    /// <summary>Waits in the queue; who leaves, or has waited for as long as a request may run, has no place any more.</summary>
    private async ValueTask<DatabaseConnection> WaitAsync(
        LinkedListNode<TaskCompletionSource<DatabaseConnection?>> waiter, CancellationToken cancellation)
    {
        using var overdue = new CancellationTokenSource(_limits.QueryTimeout);
        using var gone = cancellation.UnsafeRegister(
            _ => GiveUp(waiter, new OperationCanceledException(cancellation)), state: null);
        using var late = overdue.Token.UnsafeRegister(_ => GiveUp(waiter, SqlErrors.QueuedTooLong(_id)), state: null);
        return await waiter.Value.Task.ConfigureAwait(false) ?? await RentAsync(cancellation).ConfigureAwait(false);
    }

    private void GiveUp(LinkedListNode<TaskCompletionSource<DatabaseConnection?>> waiter, Exception reason)
    {
        lock (_gate)
        {
            if (waiter.List is null)
            {
                return;
            }

            _waiting.Remove(waiter);
        }

        waiter.Value.SetException(reason);
    }
}
