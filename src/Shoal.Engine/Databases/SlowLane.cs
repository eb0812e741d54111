using System.Diagnostics;
using Shoal.Engine.Catalog;
using Shoal.Protocol;
using Shoal.Sqlite.Connections;
using Shoal.Sqlite.Threads;

namespace Shoal.Engine.Databases;

/// <summary>Runs what takes long, so that it delays nobody else: on threads of low priority, in turns between databases.</summary>
/// <remarks>
/// A statement runs where its request arrived until it has used <see cref="EngineLimits.InlineTimeMax"/>; then, if others want
/// something, it is given up and starts again here; the next time (<see cref="LongRuns"/>) it begins here. Only so many threads
/// run at once, one processor fewer than there are. Who has run for a slice waits, inside of SQLite's progress handler, until
/// the other databases that have work here have had one: so a database with one query gets as much as one with a hundred.
/// Thread: safe for any.
/// </remarks>
internal sealed class SlowLane : IDisposable
{
    /// <summary>How long one database runs before the next one: long beside a switch, short beside a person's patience.</summary>
    private static readonly long SliceTicks = Stopwatch.Frequency / 100;

    /// <summary>Another database that had a request within this time counts as somebody to be spared.</summary>
    private static readonly long OthersTicks = Stopwatch.Frequency;

    /// <summary>What the SQL of a database that has used more than its share may take where its request arrived.</summary>
    private static readonly long ShortTicks = Stopwatch.Frequency / 10_000;

    /// <summary>How soon a statement that may stay looks again.</summary>
    private static readonly long LookTicks = Stopwatch.Frequency / 4_000;

    [ThreadStatic]
    private static LaneThread? s_current;

    private readonly Lock _gate = new();
    private readonly Dictionary<DatabaseId, LaneQueue> _queues = [];
    private readonly Queue<LaneQueue> _ring = new();
    private readonly Stack<LaneThread> _idle = new();
    private readonly int _threadsMax;
    private readonly int _runningMax = Math.Max(1, Environment.ProcessorCount - 1);
    private readonly EngineMetrics _metrics;
    private readonly long _inlineTicks;
    private readonly long _shortTicks;
    private readonly Func<long, long> _mustYield;
    private int _threads;
    private int _running;
    private bool _closed;
    private Database? _newest;
    private long _othersAt = long.MinValue / 2;

    public SlowLane(EngineLimits limits, EngineMetrics metrics)
    {
        _metrics = metrics;
        _inlineTicks = (long)(limits.InlineTimeMax.TotalSeconds * Stopwatch.Frequency);
        _shortTicks = Math.Min(_inlineTicks, ShortTicks);
        _threadsMax = limits.SlowThreadsMax;
        Inside = new RunPace(YieldAt: 0, MustYield: null, PauseWhenOverdue);
        _mustYield = now => HasOthersAt(now) ? 0 : now + LookTicks;
    }

    /// <summary>The pace of long work on a thread of its own, such as an import.</summary>
    public static RunPace OwnThread { get; } = new(YieldAt: 0, MustYield: null, Scheduling.OfferProcessor);

    /// <summary>The pace of what runs here: it waits when others are due.</summary>
    public RunPace Inside { get; }

    /// <summary>Whether somebody else wants the thread or the processors now.</summary>
    public bool HasOthers => HasOthersAt(Stopwatch.GetTimestamp());

    /// <summary>Whether what began then has used up the time that it has where its request arrived.</summary>
    /// <param name="started">A value of the stopwatch.</param>
    /// <param name="isOver">Whether its database has used more than its share lately.</param>
    public bool TookLong(long started, bool isOver = false) => Stopwatch.GetTimestamp() - started >= InlineTicks(isOver);

    /// <summary>The pace of what begins now outside of the lane: after its time it yields, if others want something.</summary>
    /// <param name="started">Now; a value of the stopwatch.</param>
    /// <param name="isOver">Whether its database has used more than its share lately.</param>
    public RunPace Outside(long started, bool isOver = false) => new(started + InlineTicks(isOver), _mustYield, Pause: null);

    /// <summary>A database has a request.</summary>
    public void Seen(Database database)
    {
        // Of two databases that are seen at once one may be missed, which does no harm. The engine's own never mind.
        if (!ReferenceEquals(_newest, database) && !SystemDatabases.Contains(database.Id))
        {
            _newest = database;
            Volatile.Write(ref _othersAt, Stopwatch.GetTimestamp());
        }
    }

    /// <summary>Queues work. It runs on a thread of the lane when it is its database's turn.</summary>
    public void Enqueue(LaneWork work)
    {
        _metrics.WentSlow();
        lock (_gate)
        {
            work.Place = QueueOf(work.Id).New.AddLast(work);
            Schedule();
        }
    }

    /// <summary>Takes back work that has not begun; false when it has.</summary>
    public bool TryWithdraw(LaneWork work)
    {
        lock (_gate)
        {
            if (work.Place is not { List: { } list } place)
            {
                return false;
            }

            // A queue that is left empty goes when its turn comes.
            list.Remove(place);
            work.Place = null;
            return true;
        }
    }

    /// <summary>Ends the threads. Nothing may be queued or running.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _closed = true;
            while (_idle.TryPop(out var thread))
            {
                thread.Wake.Release();
            }
        }
    }

    private long InlineTicks(bool isOver) => isOver ? _shortTicks : _inlineTicks;

    private bool HasOthersAt(long now) =>
        now - Volatile.Read(ref _othersAt) < OthersTicks || ThreadPool.PendingWorkItemCount > 0;

    private LaneQueue QueueOf(DatabaseId id)
    {
        if (!_queues.TryGetValue(id, out var queue))
        {
            _queues.Add(id, queue = new LaneQueue(id));
            _ring.Enqueue(queue);
        }

        return queue;
    }

    /// <summary>Lets databases run in turn while there is room. Must be called under the lock.</summary>
    private void Schedule()
    {
        for (var passed = 0; _running < _runningMax && passed < _ring.Count;)
        {
            var queue = _ring.Dequeue();
            passed = TryStart(queue) ? 0 : passed + 1;
            if (queue.IsEmpty)
            {
                _queues.Remove(queue.Id);
            }
            else
            {
                _ring.Enqueue(queue);
            }
        }
    }

    private bool TryStart(LaneQueue queue)
    {
        var mayBegin = queue.New.Count > 0 && (_idle.Count > 0 || _threads < _threadsMax);
        if (queue.Parked.Count > 0 && !(queue.NewIsNext && mayBegin))
        {
            queue.NewIsNext = true;
            _running++;
            queue.Parked.Dequeue().Wake.Release();
            return true;
        }

        if (!mayBegin)
        {
            return false;
        }

        queue.NewIsNext = false;
        var work = queue.New.First!.Value;
        queue.New.RemoveFirst();
        work.Place = null;
        _running++;
        Begin(work);
        return true;
    }

    private void Begin(LaneWork work)
    {
        if (!_idle.TryPop(out var thread))
        {
            _threads++;
            thread = new LaneThread();
            var started = thread;
            new Thread(() => RunThread(started)) { IsBackground = true, Name = "slow SQL" }.Start();
        }

        thread.Work = work;
        thread.Wake.Release();
    }

    private void RunThread(LaneThread thread)
    {
        Scheduling.LetOthersFirst();
        s_current = thread;
        while (true)
        {
            thread.Wake.Wait();
            if (thread.Work is not { } work)
            {
                thread.Dispose();
                return;
            }

            thread.SliceEnd = Stopwatch.GetTimestamp() + SliceTicks;
            work.Run();
            lock (_gate)
            {
                thread.Work = null;
                _running--;
                if (_closed)
                {
                    thread.Wake.Release();
                    continue;
                }

                _idle.Push(thread);
                Schedule();
            }
        }
    }

    private void PauseWhenOverdue()
    {
        Scheduling.OfferProcessor();
        if (s_current is not { Work: { } work } thread || Stopwatch.GetTimestamp() < thread.SliceEnd)
        {
            return;
        }

        var waits = false;
        lock (_gate)
        {
            if (_ring.Count > 0)
            {
                waits = true;
                QueueOf(work.Id).Parked.Enqueue(thread);
                _running--;
                Schedule();
            }
        }

        if (waits)
        {
            thread.Wake.Wait();
        }

        thread.SliceEnd = Stopwatch.GetTimestamp() + SliceTicks;
    }
}
