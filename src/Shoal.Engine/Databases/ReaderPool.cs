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
    private readonly Queue<TaskCompletionSource<DatabaseConnection?>> _waiting = new();
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
        TaskCompletionSource<DatabaseConnection?> waiter;
        lock (_gate)
        {
            if (_idle.TryPop(out var connection))
            {
                return ValueTask.FromResult(connection);
            }

            if (_opened < _limits.ReadersPerDatabaseMax)
            {
                _opened++;
                waiter = null!;
            }
            else if (_waiting.Count >= _limits.ReadQueueMax)
            {
                throw new EngineException(EngineErrorKind.Overloaded, "D1 DB is overloaded. Too many requests queued.",
                    "Send fewer requests at once.", _id);
            }
            else
            {
                waiter = new(TaskCreationOptions.RunContinuationsAsynchronously);
                _waiting.Enqueue(waiter);
            }
        }

        return waiter is null ? ValueTask.FromResult(Open()) : WaitAsync(waiter, cancellation);
    }

    /// <summary>Gives a connection back.</summary>
    public void Return(DatabaseConnection connection)
    {
        lock (_gate)
        {
            while (_waiting.TryDequeue(out var waiter))
            {
                if (waiter.TrySetResult(connection))
                {
                    return;
                }
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
                while (_waiting.TryDequeue(out var waiter) && !waiter.TrySetResult(null))
                {
                }
            }

            throw;
        }
    }

    private async ValueTask<DatabaseConnection> WaitAsync(
        TaskCompletionSource<DatabaseConnection?> waiter, CancellationToken cancellation)
    {
        using var registration = cancellation.Register(() => waiter.TrySetCanceled(cancellation));
        return await waiter.Task.ConfigureAwait(false) ?? await RentAsync(cancellation).ConfigureAwait(false);
    }
}
