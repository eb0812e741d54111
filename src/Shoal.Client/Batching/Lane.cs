namespace Shoal.Client.Batching;

/// <summary>Batches that go out in order, with a bound on how many are on their way at once.</summary>
/// <remarks>Thread: under the engine's lock.</remarks>
internal sealed class Lane<T>(LaneKey key, int parallelism)
{
    public LaneKey Key => key;

    public Queue<LaneBatch<T>> Ready { get; } = [];

    /// <summary>The batch that takes rows; null when there is none.</summary>
    public LaneBatch<T>? Filling { get; set; }

    /// <summary>Batches on their way.</summary>
    public int Running { get; set; }

    public bool IsFree => Running < parallelism;

    public bool IsIdle => Running == 0 && Ready.Count == 0 && Filling is null;
}
