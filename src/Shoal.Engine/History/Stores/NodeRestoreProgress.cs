namespace Shoal.Engine.History.Stores;

/// <summary>How far the restore of a node is.</summary>
/// <param name="Step">What is done now.</param>
/// <param name="Done">How much of it. Units: bytes while packs are fetched, databases after that.</param>
/// <param name="Total">How much it is.</param>
public readonly record struct NodeRestoreProgress(string Step, long Done, long Total);
