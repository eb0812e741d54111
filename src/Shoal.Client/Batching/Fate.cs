namespace Shoal.Client.Batching;

/// <summary>A run of rows of a batch that fared alike.</summary>
internal readonly record struct Fate(int From, int To, ItemStatus Status, ShoalException? Error);
