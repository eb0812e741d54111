using Shoal.Engine;

namespace Shoal.Items.Operations;

/// <summary>What became of writes that were cut into batches.</summary>
/// <param name="TotalBatches">Batches sent.</param>
/// <param name="TotalItems">Writes that are applied.</param>
/// <param name="Failures">Batches that are not applied, with their error.</param>
public sealed record BatchWriteSummary(int TotalBatches, int TotalItems,
    IReadOnlyList<(BatchWriteRequest Batch, EngineException Error)> Failures)
{
    /// <summary>Batches that are not applied.</summary>
    public int FailedBatches => Failures.Count;
}
