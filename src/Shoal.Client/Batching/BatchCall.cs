namespace Shoal.Client.Batching;

/// <summary>One call of a batch writer: takes the results of its items, in any order, until there is one for each.</summary>
/// <remarks>Thread: safe.</remarks>
internal sealed class BatchCall(int capacity) : IResultSink
{
    private readonly Lock _gate = new();
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ItemResult[] _results = new ItemResult[capacity];
    private int _count;
    private int _open;
    private bool _ended;

    /// <summary>Makes room for one more item, not applied so far, and returns its index.</summary>
    public int Add()
    {
        lock (_gate)
        {
            if (_count == _results.Length)
            {
                Array.Resize(ref _results, Math.Max(16, _count * 2));
            }

            _results[_count] = new ItemResult(_count, ItemStatus.NotApplied);
            return _count++;
        }
    }

    /// <summary>One more result will come.</summary>
    public void Expect()
    {
        lock (_gate)
        {
            _open++;
        }
    }

    public void Settle(in ItemResult result)
    {
        lock (_gate)
        {
            _results[result.Index] = result;
            _open--;
            CompleteIfDone();
        }
    }

    /// <summary>No more items come. Completes with all results, in the order of the input.</summary>
    public async Task<ArraySegment<ItemResult>> EndAsync()
    {
        lock (_gate)
        {
            _ended = true;
            CompleteIfDone();
        }

        await _done.Task.ConfigureAwait(false);
        return new ArraySegment<ItemResult>(_results, 0, _count);
    }

    private void CompleteIfDone()
    {
        if (_ended && _open == 0)
        {
            _done.TrySetResult();
        }
    }
}
