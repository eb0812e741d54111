namespace Shoal.Benchmarks.History;

/// <summary>What history stored per commit in a scaled day; what the load model is computed from. Units: bytes.</summary>
/// <param name="Log">Page images in the commit log.</param>
/// <param name="Sealed">In packs as they are made of the log.</param>
/// <param name="Hourly">In packs of an hour.</param>
/// <param name="Daily">In packs of a day, the last version of each minute.</param>
/// <param name="Snapshots">In snapshots that were taken meanwhile.</param>
internal sealed record StoredCosts(double Log, double Sealed, double Hourly, double Daily, double Snapshots);
