namespace Shoal.Engine.Databases;

/// <summary>A thread of the <see cref="SlowLane"/>.</summary>
internal sealed class LaneThread : IDisposable
{
    /// <summary>Released when it may go on, with <see cref="Work"/> or with what it is in the middle of.</summary>
    public SemaphoreSlim Wake { get; } = new(0);

    /// <summary>What it does; null to end.</summary>
    public LaneWork? Work { get; set; }

    /// <summary>When it should let others run; a value of the stopwatch.</summary>
    public long SliceEnd { get; set; }

    public void Dispose() => Wake.Dispose();
}
