namespace Shoal.Engine.History;

/// <summary>Commits of one database that can be restored: a state that is held whole, and what came after it.</summary>
/// <param name="Epoch">Epoch of their bookmarks.</param>
/// <param name="First">Number of the oldest; 0 is the database as created.</param>
/// <param name="FirstTime">Its time. Units: microseconds since 1970.</param>
/// <param name="Last">Number of the newest.</param>
/// <param name="LastTime">Its time.</param>
/// <param name="EveryCommitSince">From this time on every commit is there; before, at least the last of each minute.</param>
internal readonly record struct CommitRun(
    uint Epoch, ulong First, long FirstTime, ulong Last, long LastTime, long EveryCommitSince)
{
    public bool Contains(uint epoch, ulong number) => epoch == Epoch && number >= First && number <= Last;
}
