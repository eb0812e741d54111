using Shoal.Protocol;

namespace Shoal.Engine.Databases;

/// <summary>What one database has in the <see cref="SlowLane"/> and is not running. Guarded by the lane.</summary>
internal sealed class LaneQueue(DatabaseId id)
{
    public DatabaseId Id { get; } = id;

    /// <summary>What has not begun, oldest first.</summary>
    public LinkedList<LaneWork> New { get; } = new();

    /// <summary>Threads that wait in the middle of a statement.</summary>
    public Queue<LaneThread> Parked { get; } = new();

    /// <summary>Whether something new goes before what is parked: they take turns.</summary>
    public bool NewIsNext { get; set; }

    public bool IsEmpty => New.Count == 0 && Parked.Count == 0;
}
