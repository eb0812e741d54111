namespace Shoal.Client.Batching;

/// <summary>What writes cost. Batching saves round trips and waits for the disk; rows are billed one by one all the same.</summary>
/// <param name="RowsWritten">Rows and index entries written; what D1 bills.</param>
/// <param name="Requests">Requests that carried them.</param>
/// <param name="RequestsSaved">Requests more that a write per item would have taken.</param>
public sealed record WriteCost(long RowsWritten, long Requests, long RequestsSaved)
{
    /// <summary>D1's price of a million rows written beyond what a plan includes. Units: US dollars.</summary>
    /// <remarks>Source: the D1 pricing page (September 2026).</remarks>
    public const decimal DollarsPerMillionRows = 1m;

    /// <summary>What D1 would bill for the rows. Units: US dollars. On a server of your own: nothing.</summary>
    public decimal Dollars => RowsWritten * DollarsPerMillionRows / 1_000_000m;
}
