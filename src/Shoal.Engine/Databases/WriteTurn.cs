using System.Diagnostics;
using Shoal.Engine.Requests;
using Shoal.Engine.Work;

namespace Shoal.Engine.Databases;

/// <summary>A request or a piece of work in a database's write queue: what to run, and the promise to its caller.</summary>
internal sealed class WriteTurn
{
    private const int Waiting = 0;
    private const int Taken = 1;
    private const int Dropped = 2;
    private static readonly SqlRequest NoRequest = new() { Items = [] };

    // The caller's continuation writes a response; it must not run on the writer's thread between two commits.
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private CancellationTokenRegistration _registration;
    private int _state;

    public WriteTurn(SqlRequest request, IResultSink sink, CancellationToken cancellation)
    {
        Request = request;
        Sink = sink;
        Cancellation = cancellation;
    }

    public WriteTurn(IDatabaseWork work, CancellationToken cancellation)
        : this(NoRequest, new ResultCollector(), cancellation) => Work = work;

    public SqlRequest Request { get; }

    /// <summary>What to run in the place of a request; null for a request.</summary>
    public IDatabaseWork? Work { get; }

    public IResultSink Sink { get; }

    public CancellationToken Cancellation { get; }

    /// <summary>When it was queued; a value of the stopwatch.</summary>
    public long QueuedAt { get; } = Stopwatch.GetTimestamp();

    /// <summary>Set while the group is open; told to the caller after its commit.</summary>
    public Exception? Error { get; set; }

    /// <summary>Completes when the request is durable or has failed.</summary>
    public Task Completion => _completion.Task;

    /// <summary>Makes it part of a group; false when it was dropped before.</summary>
    public bool TryTake() => Interlocked.CompareExchange(ref _state, Taken, Waiting) == Waiting;

    /// <summary>Ends it before its turn, with this error; false when it was taken or dropped before.</summary>
    public bool TryDrop(Exception error)
    {
        if (Interlocked.CompareExchange(ref _state, Dropped, Waiting) != Waiting)
        {
            return false;
        }

        Error = error;
        Complete();
        return true;
    }

    /// <summary>Leaves the queue when the caller gives up before it is the turn's time.</summary>
    public void WatchCaller(WriteQueue queue)
    {
        if (!Cancellation.CanBeCanceled)
        {
            return;
        }

        _registration = Cancellation.UnsafeRegister(
            _ => queue.Drop(this, new OperationCanceledException(Cancellation)), state: null);
        if (Completion.IsCompleted)
        {
            _ = _registration.Unregister();
        }
    }

    public void Complete()
    {
        // Does not wait for a callback that runs: it may be the one that calls this.
        _ = _registration.Unregister();
        if (Error is null)
        {
            _completion.TrySetResult();
        }
        else if (Error is OperationCanceledException)
        {
            _completion.TrySetCanceled(Cancellation);
        }
        else
        {
            _completion.TrySetException(Error);
        }
    }
}
