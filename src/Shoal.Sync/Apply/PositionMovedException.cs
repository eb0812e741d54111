namespace Shoal.Sync.Apply;

/// <summary>
/// A tenant is further than this run knows: a batch of an earlier run arrived late. The run begins again and reads positions anew.
/// </summary>
internal sealed class PositionMovedException(string tenant) : Exception($"tenant {tenant} has moved on");
