using Shoal.Protocol;
using Shoal.Sqlite.Threads;

namespace Shoal.Engine.Log;

/// <summary>The one log that commits of all databases share: they are durable when it is flushed.</summary>
/// <remarks>
/// Whoever commits appends a record to a batch in memory; one thread writes what has gathered and flushes it, once for all,
/// while the next batch gathers. Invariant: <see cref="Durable"/> only grows, and everything before it is on the device.
/// A write or flush that fails ends the process: what SQLite already shows would otherwise be ahead of the truth.
/// Thread: safe for any. Format: <c>docs/formats/commit-log.md</c>.
/// </remarks>
internal sealed class CommitLog : IDisposable
{
    private const int BatchBytes = 256 * 1024;
    private const long PendingBytesMax = 32L * 1024 * 1024;

    /// <summary>A large commit adds no further part while so much waits, so that others need not wait for all of it.</summary>
    private const long PacedBytesMax = 128 * 1024;

    private readonly Lock _gate = new();
    private readonly AutoResetEvent _work = new(initialState: false);
    private readonly ManualResetEventSlim _room = new(initialState: true);
    private readonly ManualResetEventSlim _pacedRoom = new(initialState: true);
    private readonly SegmentPool _pool;
    private readonly Queue<LogSegment> _live = new();
    private readonly Action<Exception> _abort;
    private readonly EngineMetrics _metrics;
    private readonly uint _epoch;
    private readonly Thread _thread;
    private readonly TimeProvider _time;
    private List<LogBatch> _forming = [];
    private List<LogBatch> _flushing = [];
    private readonly Queue<DurableWait> _waiting = new();
    private LogSegment _segment;
    private uint _offset;
    private uint _chain;
    private long _pendingBytes;
    private long _liveBytes;
    private long _lastTime;
    private LogPosition _oldestNeeded;
    private LogPosition _keepFrom;
    private LogPosition _heldFrom = LogPosition.Last;
    private ulong _durable;
    private bool _stopping;

    /// <summary>Starts a log behind what recovery found.</summary>
    /// <param name="pool">Where segments come from and go to.</param>
    /// <param name="recovered">What recovery found; its segments stay until <see cref="Release"/> lets them go.</param>
    /// <param name="time">The clock for commit times.</param>
    /// <param name="metrics">Counts flushes.</param>
    /// <param name="abort">Ends the process; called when the device refuses.</param>
    public CommitLog(SegmentPool pool, RecoveredLog recovered, TimeProvider time, EngineMetrics metrics,
        Action<Exception> abort)
    {
        _pool = pool;
        _abort = abort;
        _time = time;
        _metrics = metrics;
        _epoch = recovered.Epoch;
        _oldestNeeded = recovered.OldestNeeded;
        _keepFrom = recovered.KeepFrom;
        _lastTime = recovered.LastTime;
        foreach (var segment in recovered.Segments)
        {
            _live.Enqueue(segment);
        }

        // A refusal here is an error of starting: nothing is ahead of the log yet.
        _segment = _pool.Begin(_epoch, recovered.NextSequence, recovered.End, _oldestNeeded);
        UseSegment();
        _durable = new LogPosition(_segment.Header.Sequence, _offset).Value;
        _thread = new Thread(FlushLoop) { IsBackground = true, Name = "shoal-log" };
        _thread.Start();
    }

    /// <summary>Everything before this is on the device.</summary>
    public LogPosition Durable => new(Volatile.Read(ref _durable));

    /// <summary>Where the next record will start.</summary>
    public LogPosition End
    {
        get
        {
            lock (_gate)
            {
                return EndUnderGate;
            }
        }
    }

    /// <summary>Bytes of segments that hold something that redo needs, the one in use included.</summary>
    public long LiveBytes => Volatile.Read(ref _liveBytes);

    /// <summary>Time of the newest record. Units: microseconds since 1970.</summary>
    public long LastTime => Volatile.Read(ref _lastTime);

    /// <summary>Epoch of the log's owner.</summary>
    public uint Epoch => _epoch;

    /// <summary>Called when a segment is full and the next has begun; must be quick.</summary>
    public Action? SegmentBegun { get; set; }

    private LogPosition EndUnderGate => new(_segment.Header.Sequence, _offset);

    /// <summary>Appends a part of a commit; durable once <see cref="Durable"/> has reached the result.</summary>
    /// <remarks>Cost: a checksum outside the lock, a copy inside. Blocks while too much waits to be flushed.</remarks>
    public LogPosition AppendCommit(DatabaseId database, ulong number, CommitPart part)
    {
        var bodyCrc = Crc32C.Append(0, part.Body);
        return Append(new LogRecordHeader
        {
            Kind = LogRecordKind.Commit,
            Flags = (part.Continues ? LogRecordFlags.Continues : LogRecordFlags.None)
                | (part.IsContinued ? LogRecordFlags.Continued : LogRecordFlags.None),
            LengthBytes = LogRecordHeader.Bytes + part.Body.Length,
            Position = default,
            Database = database,
            Number = number,
            PageCount = (uint)part.PageCount,
            SizeAfterPages = part.SizeAfterPages,
            PageBytes = part.PageBytes,
            BodyCrc = bodyCrc,
        }, part.Body);
    }

    /// <summary>Notes that recovery need not look before a position any more, and the catalog's commit number.</summary>
    /// <param name="oldestNeeded">The position.</param>
    /// <param name="catalogNumber">Number of the catalog's last commit.</param>
    /// <param name="opened">Whether an engine has just opened the log: commits cut off before are void.</param>
    public LogPosition AppendCheckpoint(LogPosition oldestNeeded, ulong catalogNumber, bool opened = false)
    {
        Span<byte> body = stackalloc byte[CheckpointBody.Bytes];
        new CheckpointBody(oldestNeeded, catalogNumber).Write(body);
        return Append(
            new LogRecordHeader
            {
                Kind = LogRecordKind.Checkpoint,
                Flags = opened ? LogRecordFlags.Opened : LogRecordFlags.None,
                LengthBytes = LogRecordHeader.Bytes + CheckpointBody.Bytes,
                Position = default,
                BodyCrc = Crc32C.Append(0, body),
            },
            body);
    }

    /// <summary>Lets go of segments before a position. What makes the position true must be durable.</summary>
    public void Release(LogPosition oldestNeeded)
    {
        lock (_gate)
        {
            _oldestNeeded = oldestNeeded;
            ReleaseUnderGate();
        }
    }

    /// <summary>No commit from now on gets an earlier time: somebody was told what there is up to it.</summary>
    /// <param name="time">Units: microseconds since 1970.</param>
    public void NotBefore(long time)
    {
        lock (_gate)
        {
            _lastTime = Math.Max(_lastTime, time);
        }
    }

    /// <summary>Lets go of segments that were kept only because history did not have them yet.</summary>
    /// <param name="position">What lies before it is durable elsewhere, or is given up.</param>
    public void KeepFrom(LogPosition position)
    {
        lock (_gate)
        {
            _keepFrom = position;
            ReleaseUnderGate();
        }
    }

    /// <summary>Segments from a position on stay while somebody reads them; <see cref="LogPosition.Last"/> when it is over.</summary>
    public void HoldFrom(LogPosition position)
    {
        lock (_gate)
        {
            _heldFrom = position;
            ReleaseUnderGate();
        }
    }

    /// <summary>The segments that hold something from a position on, oldest first; they stay until <see cref="KeepFrom"/>.</summary>
    public IReadOnlyList<LogSegment> SegmentsFrom(LogPosition position)
    {
        lock (_gate)
        {
            return [.. _live.Where(segment => segment.Header.Sequence >= position.Sequence)];
        }
    }

    /// <summary>Flushes everything written to the file system of the log, database files included.</summary>
    public void FlushFileSystem()
    {
        try
        {
            _segment.FlushFileSystem();
        }
        catch (IOException error)
        {
            // The kernel reports a failed write-back once and then takes the pages for clean: trust nothing after it.
            _abort(error);
            throw;
        }
    }

    /// <summary>Calls a waiter when a position is durable; at once if it already is.</summary>
    public void WhenDurable(LogPosition position, IDurableWaiter waiter)
    {
        if (Durable < position)
        {
            lock (_gate)
            {
                if (Durable < position)
                {
                    _waiting.Enqueue(new DurableWait(position, waiter));
                    return;
                }
            }
        }

        waiter.OnDurable();
    }

    /// <summary>Completes when a position is durable. Cost: nothing when it already is.</summary>
    public ValueTask WaitDurableAsync(LogPosition position)
    {
        if (Durable >= position)
        {
            return ValueTask.CompletedTask;
        }

        var waiter = new TaskWaiter();
        WhenDurable(position, waiter);
        return new ValueTask(waiter.Task);
    }

    /// <summary>Flushes what is pending and closes the files.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_stopping)
            {
                return;
            }

            _stopping = true;
        }

        _work.Set();
        _thread.Join();
        foreach (var segment in _live)
        {
            segment.Dispose();
        }

        _pool.Dispose();
        _work.Dispose();
        _room.Dispose();
        _pacedRoom.Dispose();
    }

    private LogPosition Append(LogRecordHeader header, ReadOnlySpan<byte> body)
    {
        (header.Flags.HasFlag(LogRecordFlags.Continues) ? _pacedRoom : _room).Wait();
        LogPosition end;
        lock (_gate)
        {
            if (_offset + header.LengthBytes > _segment.LengthBytes)
            {
                BeginSegment(_segment.Header.Sequence + 1, EndUnderGate);
            }

            var room = BatchForSegment().Extend(header.LengthBytes);
            _lastTime = Math.Max(_lastTime, _time.GetUtcNow().ToUnixTimeMilliseconds() * 1000);
            _chain = (header with
            {
                Epoch = _epoch,
                Position = EndUnderGate,
                Time = _lastTime,
                DurableKnown = Durable,
            }).Write(room, _chain, (uint)_segment.Header.Salt);
            body.CopyTo(room[LogRecordHeader.Bytes..]);
            _offset += (uint)header.LengthBytes;
            _pendingBytes += header.LengthBytes;
            if (_pendingBytes > PacedBytesMax)
            {
                _pacedRoom.Reset();
            }

            if (_pendingBytes > PendingBytesMax)
            {
                _room.Reset();
            }

            end = EndUnderGate;
        }

        // Step 6 happens on the log's own thread.
        _work.Set();
        return end;
    }

    private void ReleaseUnderGate()
    {
        var from = Math.Min(Math.Min(_oldestNeeded.Sequence, _keepFrom.Sequence), _heldFrom.Sequence);
        while (_live.TryPeek(out var oldest) && oldest != _segment && oldest.Header.Sequence < from)
        {
            _live.Dequeue();
            _pool.Return(oldest);
        }

        CountLive();
    }

    private void CountLive()
    {
        var bytes = 0L;
        foreach (var segment in _live)
        {
            bytes += segment == _segment || segment.Header.Sequence >= _oldestNeeded.Sequence ? segment.LengthBytes : 0;
        }

        Volatile.Write(ref _liveBytes, bytes);
    }

    private LogBatch BatchForSegment()
    {
        if (_forming.Count == 0 || _forming[^1].Segment != _segment)
        {
            _forming.Add(new LogBatch(_segment, _offset, BatchBytes));
        }

        return _forming[^1];
    }

    private void BeginSegment(uint sequence, LogPosition previousEnd)
    {
        try
        {
            _segment = _pool.Begin(_epoch, sequence, previousEnd, _oldestNeeded);
            UseSegment();
            SegmentBegun?.Invoke();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            _abort(error);
            throw;
        }
    }

    private void UseSegment()
    {
        _live.Enqueue(_segment);
        CountLive();
        _offset = SegmentHeader.BlockBytes;
        _chain = _segment.Header.ChainSeed;
    }

    private void FlushLoop()
    {
        Scheduling.GoFirst();
        while (true)
        {
            _work.WaitOne();
            bool stopping;
            LogPosition end;
            lock (_gate)
            {
                (_forming, _flushing) = (_flushing, _forming);
                end = EndUnderGate;
                stopping = _stopping;
                _pendingBytes = 0;
            }

            _room.Set();
            _pacedRoom.Set();
            if (_flushing.Count > 0)
            {
                try
                {
                    WriteAndFlush();
                }
                catch (Exception error)
                {
                    // Boundary: the device refused, so nothing may be acknowledged any more.
                    _abort(error);
                    return;
                }

                Volatile.Write(ref _durable, end.Value);
                ReleaseWaiters();
            }

            if (stopping)
            {
                return;
            }
        }
    }

    /// <summary>Step 6: everything pending of all databases in one write and one flush.</summary>
    private void WriteAndFlush()
    {
        var started = _time.GetTimestamp();
        var bytes = 0;
        LogSegment? unflushed = null;
        foreach (var batch in _flushing)
        {
            if (unflushed is not null && unflushed != batch.Segment)
            {
                unflushed.Flush();
            }

            batch.Segment.Write(batch.Bytes, batch.StartOffset);
            unflushed = batch.Segment;
            bytes += batch.Length;
            batch.Dispose();
        }

        if (!Faults.Is(Faults.NoLogFlush))
        {
            unflushed!.Flush();
        }

        _flushing.Clear();
        _metrics.LogFlushed(bytes, _time.GetElapsedTime(started));
    }

    private void ReleaseWaiters()
    {
        while (true)
        {
            DurableWait wait;
            lock (_gate)
            {
                // In order of arrival, which is almost that of position: one waits at most for the flush of another.
                if (!_waiting.TryPeek(out wait) || Durable < wait.Position)
                {
                    return;
                }

                _waiting.Dequeue();
            }

            wait.Waiter.OnDurable();
        }
    }

    private readonly record struct DurableWait(LogPosition Position, IDurableWaiter Waiter);

    private sealed class TaskWaiter : TaskCompletionSource, IDurableWaiter
    {
        public TaskWaiter()
            : base(TaskCreationOptions.RunContinuationsAsynchronously)
        {
        }

        public void OnDurable() => SetResult();
    }
}
