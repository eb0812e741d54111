using Shoal.Protocol;

namespace Shoal.Engine.Databases;

/// <summary>A piece of work in the <see cref="SlowLane"/>.</summary>
/// <param name="id">Whose it is.</param>
/// <param name="run">What to do. It must not throw.</param>
internal sealed class LaneWork(DatabaseId id, Action run)
{
    public DatabaseId Id { get; } = id;

    public Action Run { get; } = run;

    /// <summary>Its place while it has not begun; guarded by the lane.</summary>
    public LinkedListNode<LaneWork>? Place { get; set; }
}
