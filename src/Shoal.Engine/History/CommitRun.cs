namespace Shoal.Engine.History;

/// <summary>Commits of one database that can all be restored: a state that is held whole, and every commit after it.</summary>
/// <param name="Epoch">Epoch of their bookmarks.</param>
/// <param name="First">Number of the oldest; 0 is the database as created.</param>
/// <param name="FirstTime">Its time. Units: microseconds since 1970.</param>
/// <param name="Last">Number of the newest.</param>
/// <param name="LastTime">Its time.</param>
internal readonly record struct CommitRun(uint Epoch, ulong First, long FirstTime, ulong Last, long LastTime)
{
    public bool Contains(uint epoch, ulong number) => epoch == Epoch && number >= First && number <= Last;
}
