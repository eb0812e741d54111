using Shoal.Protocol;

namespace Shoal.Engine.History;

/// <summary>What is wanted of the <see cref="HistoryKeeper"/>, until it is done.</summary>
/// <remarks>Thread: safe for any.</remarks>
internal sealed class HistoryRequests
{
    private readonly Lock _gate = new();

    /// <summary>Those that wait for large snapshots.</summary>
    private readonly List<HistoryRequest> _left = [];
    private List<HistoryRequest> _waiting = [];
    private List<HistoryRequest> _atWork = [];
    private bool _isClosed;

    /// <summary>Whether somebody waits for the end of what is under way.</summary>
    public bool IsAwaited
    {
        get
        {
            lock (_gate)
            {
                return _waiting.Count > 0 || _atWork.Exists(static request => request.Kind == HistoryRequestKind.Compact);
            }
        }
    }

    /// <summary>Adds one.</summary>
    /// <exception cref="EngineException">The server is shutting down.</exception>
    public void Add(HistoryRequest request)
    {
        lock (_gate)
        {
            if (_isClosed)
            {
                throw ShuttingDown();
            }

            _waiting.Add(request);
        }
    }

    /// <summary>Takes all that wait; they are at work until the next call.</summary>
    public List<HistoryRequest> Take()
    {
        lock (_gate)
        {
            (_atWork, _waiting) = (_waiting, []);
            return _atWork;
        }
    }

    /// <summary>They wait again, before all others.</summary>
    public void PutBack(List<HistoryRequest> requests)
    {
        lock (_gate)
        {
            _waiting.InsertRange(0, requests);
        }
    }

    /// <summary>What the snapshot of a database will hold is fixed.</summary>
    public void NoteSnapshot(DatabaseId id)
    {
        lock (_gate)
        {
            foreach (var request in _atWork.Concat(_left))
            {
                if (request is { Kind: HistoryRequestKind.Snapshot, IsWhole: false } && request.Database == id)
                {
                    request.Done.TrySetResult();
                }
            }
        }
    }

    /// <summary>All that could be done now is: they are done but for those that wait for large snapshots.</summary>
    /// <param name="requests">What was at work.</param>
    /// <param name="isUnderWay">Whether a snapshot of a database has not ended.</param>
    /// <param name="isAnyUnderWay">Whether any has not.</param>
    public void Complete(List<HistoryRequest> requests, Func<DatabaseId, bool> isUnderWay, bool isAnyUnderWay)
    {
        lock (_gate)
        {
            _left.AddRange(requests);
            foreach (var request in _left)
            {
                var isLeft = (request.Kind == HistoryRequestKind.Snapshot && isUnderWay(request.Database))
                    || (request.Kind == HistoryRequestKind.Bases && isAnyUnderWay);
                if (!isLeft)
                {
                    request.Done.TrySetResult();
                }
            }

            _left.RemoveAll(static request => request.Done.Task.IsCompleted);
        }
    }

    /// <summary>Takes no more, and refuses what waits.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _isClosed = true;
            _left.Concat(_waiting).ToList().ForEach(static request => request.Done.TrySetException(ShuttingDown()));
        }
    }

    public static EngineException ShuttingDown() =>
        new(EngineErrorKind.ShuttingDown, "the server is shutting down", "Try again when it is back.");
}
