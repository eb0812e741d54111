namespace Shoal.Cli.Lint;

/// <summary>What batches would save at one place.</summary>
/// <param name="Rows">Rows that the loop writes.</param>
/// <param name="Latency">A round trip.</param>
/// <param name="BatchRows">Rows of a batch.</param>
internal sealed record LintEstimate(long Rows, TimeSpan Latency, int BatchRows)
{
    /// <summary>Connections that a Worker, or a browser, has open at once.</summary>
    public const int AtOnce = 6;

    public long Batches => (Rows + BatchRows - 1) / BatchRows;

    public long Saved => Rows - Batches;

    /// <summary>Waiting for round trips alone: what the database does for each row comes on top in both.</summary>
    public TimeSpan Waiting(bool isConcurrent) => Latency * (isConcurrent ? Math.Ceiling(Rows / (double)AtOnce) : Rows);

    public TimeSpan WaitingForBatches => Latency * Batches;
}
