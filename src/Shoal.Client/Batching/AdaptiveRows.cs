namespace Shoal.Client.Batching;

/// <summary>Rows per batch that follow how long batches take: fewer by a quarter when too long, more by a twentieth.</summary>
/// <remarks>Thread: under the engine's lock.</remarks>
internal sealed class AdaptiveRows
{
    private readonly int _max;
    private readonly TimeSpan? _target;

    public AdaptiveRows(int max, TimeSpan? target)
    {
        _max = Current = max;
        _target = target;
    }

    public int Current { get; private set; }

    public void Observe(TimeSpan latency)
    {
        if (_target is { } bound)
        {
            Current = latency > bound ? Math.Max(1, Current * 3 / 4) : Math.Min(_max, Current + Math.Max(1, _max / 20));
        }
    }
}
