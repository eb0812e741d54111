namespace Shoal.Engine.History;

/// <summary>A snapshot of a large database that has ended.</summary>
/// <param name="Order">What was asked for.</param>
/// <param name="Header">What the pack says it is.</param>
/// <param name="Written">The name of its file until it gets its own.</param>
/// <param name="Pack">The pack, whole and durable; null when it could not be written.</param>
/// <param name="Error">Why it could not.</param>
internal sealed record LargeSnapshot(SnapshotOrder Order, PackHeader Header, string Written, PackWriter? Pack, Exception? Error);
