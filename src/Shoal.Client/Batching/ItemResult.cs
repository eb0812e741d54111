namespace Shoal.Client.Batching;

/// <summary>What became of one item, and what it took.</summary>
/// <param name="Index">Which item of the call, from 0.</param>
/// <param name="Status">Its fate.</param>
/// <param name="Error">Why it is not applied; null when it is.</param>
/// <param name="Attempts">Requests that its batch took, repetitions and halves included; 0 when none went out.</param>
/// <param name="Latency">From the hand-over of its batch to the reply.</param>
public readonly record struct ItemResult(
    int Index,
    ItemStatus Status,
    ShoalException? Error = null,
    int Attempts = 0,
    TimeSpan Latency = default)
{
    /// <summary>Whether its values are in the database, or those of a later item with its key.</summary>
    public bool IsApplied => Status is ItemStatus.Applied or ItemStatus.Superseded;
}
