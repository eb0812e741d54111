namespace Shoal.Client.Batching;

/// <summary>An item that is not applied, or of which that is not known.</summary>
/// <param name="Item">The item.</param>
/// <param name="Status">Its fate.</param>
/// <param name="Error">Why.</param>
public sealed record FailedItem<T>(T Item, ItemStatus Status, ShoalException Error);
