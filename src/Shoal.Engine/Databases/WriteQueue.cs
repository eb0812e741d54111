using System.Collections.Concurrent;
using System.Diagnostics;
using Shoal.Protocol;

namespace Shoal.Engine.Databases;

/// <summary>The bounded queue before a database's writer; and the group that the writer has taken out of it to run.</summary>
/// <remarks>
/// A group may end early; what is left of it is at the front of the next one. Thread: safe for any, but <see cref="Group"/>,
/// <see cref="Fill"/> and <see cref="TakeFirst"/> belong to the writer.
/// </remarks>
/// <param name="id">The database.</param>
/// <param name="limits">Bounds.</param>
internal sealed class WriteQueue(DatabaseId id, EngineLimits limits)
{
    private readonly ConcurrentQueue<WriteTurn> _queue = new();
    private readonly WriteTurn[] _group = new WriteTurn[limits.GroupCommitRequestsMax];
    private int _groupCount;
    private int _waiting;
    private int _dropped;

    /// <summary>Requests that wait; those of the group not counted.</summary>
    public int WaitingCount => Volatile.Read(ref _waiting);

    /// <summary>Whether nothing is queued, be it only what was dropped.</summary>
    public bool IsEmpty => _queue.IsEmpty;

    /// <summary>What the writer has taken.</summary>
    public ReadOnlySpan<WriteTurn> Group => _group.AsSpan(0, _groupCount);

    /// <summary>Queues a turn.</summary>
    /// <exception cref="EngineException">The queue is full.</exception>
    public void Enqueue(WriteTurn turn)
    {
        if (Interlocked.Increment(ref _waiting) > limits.WriteQueueMax || Volatile.Read(ref _dropped) > limits.WriteQueueMax)
        {
            Interlocked.Decrement(ref _waiting);
            throw new EngineException(EngineErrorKind.Overloaded, "D1 DB is overloaded. Too many requests queued.",
                "Send fewer requests at once, or batch them.", id);
        }

        _queue.Enqueue(turn);
    }

    /// <summary>Ends a request that still waits; its place is free at once.</summary>
    public void Drop(WriteTurn turn, Exception reason)
    {
        if (turn.TryDrop(reason))
        {
            // It stays in the queue as an empty shell, of which there is a bound, too.
            Interlocked.Increment(ref _dropped);
            Interlocked.Decrement(ref _waiting);
        }
    }

    /// <summary>Ends the requests that have waited for longer than a request may run.</summary>
    public void DropOverdue()
    {
        // The oldest is first.
        foreach (var turn in _queue)
        {
            if (Stopwatch.GetElapsedTime(turn.QueuedAt) <= limits.QueryTimeout)
            {
                return;
            }

            Drop(turn, SqlErrors.QueuedTooLong(id));
        }
    }

    /// <summary>Takes everything that is queued into the group, to a cap, oldest first.</summary>
    public void Fill()
    {
        var before = _groupCount;
        while (_groupCount < _group.Length && _queue.TryDequeue(out var turn))
        {
            if (turn.TryTake())
            {
                _group[_groupCount++] = turn;
            }
            else
            {
                Interlocked.Decrement(ref _dropped);
            }
        }

        Interlocked.Add(ref _waiting, before - _groupCount);
    }

    /// <summary>Lets go of the group's first turns, which have their outcome.</summary>
    public WriteTurn[] TakeFirst(int count)
    {
        var first = _group[..count];
        Array.Copy(_group, count, _group, 0, _groupCount - count);
        Array.Clear(_group, _groupCount - count, count);
        _groupCount -= count;
        return first;
    }
}
