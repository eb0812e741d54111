namespace Shoal.Client.Buffering;

/// <summary>Items that a full buffer threw away.</summary>
/// <param name="Items">The items.</param>
/// <param name="Policy">Why these.</param>
public sealed record DroppedItems<T>(IReadOnlyList<T> Items, FullPolicy Policy);
