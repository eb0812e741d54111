using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Shoal.Engine.Catalog;
using Shoal.Protocol;

namespace Shoal.Server.Http;

/// <summary>
/// While requests wait for a processor, they go on in turns between databases, so that one that sends many holds up no other.
/// </summary>
/// <remarks>
/// The pool of threads serves in order of arrival: who has 64 connections has 64 places in its queue. What has arrived is only
/// read there and waits here; as many places of the pool as there are processors let one after the other go on, each time behind
/// what has arrived since. Next is the database that has used the least processor time since it began to wait (start-time fair
/// queueing; Goyal, Vin and Cheng, 1996). Where nobody else waits, or only one database wants anything, nothing waits here.
/// Bound: a request holds a connection or an HTTP/2 stream, which have limits. Thread: safe for any.
/// </remarks>
/// <param name="width">How many go on at once: the number of processors.</param>
/// <param name="isBusy">Whether work waits for a thread.</param>
internal sealed class FairQueue(int width, Func<bool> isBusy) : IThreadPoolWorkItem
{
    /// <summary>
    /// For so long after another database had a request it counts as one to be spared: who asks seldom would otherwise find the
    /// pool's queue full of somebody else's. Units: ms.
    /// </summary>
    private const long OthersMilliseconds = 60_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<DatabaseId, FairLine> _lines = [];
    private readonly PriorityQueue<FairLine, long> _order = new();
    private DatabaseRecord? _newest;
    private long _othersAt = -OthersMilliseconds;
    private long _used;
    private int _waiting;
    private int _going;

    /// <summary>Completes when it is the database's turn.</summary>
    public FairTurn NextAsync(DatabaseRecord database) => new(this, database);

    /// <summary>Whether a request need not wait.</summary>
    public bool MayGoOn(DatabaseRecord database)
    {
        // Of two databases that are seen at once one may be missed, which does no harm.
        if (!ReferenceEquals(_newest, database))
        {
            _newest = database;
            Volatile.Write(ref _othersAt, Environment.TickCount64);
        }

        return Volatile.Read(ref _waiting) == 0
            && (Environment.TickCount64 - Volatile.Read(ref _othersAt) > OthersMilliseconds || !isBusy());
    }

    /// <summary>Lets a request wait.</summary>
    /// <param name="id">Its database.</param>
    /// <param name="goOn">Called on a thread of the pool. It must not throw.</param>
    public void Enqueue(DatabaseId id, Action goOn)
    {
        lock (_gate)
        {
            if (!_lines.TryGetValue(id, out var line))
            {
                _lines.Add(id, line = new FairLine(id));
            }

            if (line.Waiting.Count == 0)
            {
                // It begins where the others are: what it did not use before is not saved for it.
                line.UsedTicks = Math.Max(line.UsedTicks, _used);
                _order.Enqueue(line, line.UsedTicks);
            }

            line.Waiting.Enqueue(goOn);
            _waiting++;
            if (_going == width)
            {
                return;
            }

            _going++;
        }

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    /// <summary>The pool's entry: one request goes on, then the next one queues behind what has arrived.</summary>
    public void Execute()
    {
        if (!TryTake(out var line, out var goOn))
        {
            return;
        }

        var started = Stopwatch.GetTimestamp();
        goOn();
        var used = Stopwatch.GetTimestamp() - started;
        lock (_gate)
        {
            line.UsedTicks += used;
            if (--line.GoingCount == 0 && line.Waiting.Count == 0)
            {
                _lines.Remove(line.Id);
            }

            if (_waiting == 0)
            {
                _going--;
                return;
            }
        }

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    private bool TryTake([NotNullWhen(true)] out FairLine? line, [NotNullWhen(true)] out Action? goOn)
    {
        lock (_gate)
        {
            while (_order.TryDequeue(out line, out var used))
            {
                if (line.UsedTicks > used)
                {
                    // It has used more since it was put there.
                    _order.Enqueue(line, line.UsedTicks);
                    continue;
                }

                goOn = line.Waiting.Dequeue();
                line.GoingCount++;
                _waiting--;
                _used = used;
                if (line.Waiting.Count > 0)
                {
                    _order.Enqueue(line, used);
                }

                return true;
            }

            _going--;
            goOn = null;
            return false;
        }
    }
}
