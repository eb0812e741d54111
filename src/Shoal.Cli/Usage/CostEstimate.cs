namespace Shoal.Cli.Usage;

/// <summary>What usage costs by a price list, as it would be for a month of 30 days.</summary>
/// <param name="Prices">The prices.</param>
/// <param name="RowsRead">Rows read per month.</param>
/// <param name="RowsWritten">Rows written per month.</param>
/// <param name="StorageGigabytes">Gigabytes (10⁹ bytes) stored on average.</param>
internal sealed record CostEstimate(PriceList Prices, decimal RowsRead, decimal RowsWritten, decimal StorageGigabytes)
{
    private static readonly TimeSpan Month = TimeSpan.FromDays(30);

    public decimal ReadCost => Billable(RowsRead, Prices.RowsReadIncluded) / 1_000_000 * Prices.RowsReadPerMillion;

    public decimal WriteCost => Billable(RowsWritten, Prices.RowsWrittenIncluded) / 1_000_000 * Prices.RowsWrittenPerMillion;

    public decimal StorageCost => Billable(StorageGigabytes, Prices.StorageGigabytesIncluded) * Prices.StoragePerGigabyteMonth;

    public decimal Total => ReadCost + WriteCost + StorageCost;

    /// <summary>What it would cost if a month included nothing: the price of one more of everything.</summary>
    public decimal ListTotal => (this with
    {
        Prices = Prices with { RowsReadIncluded = 0, RowsWrittenIncluded = 0, StorageGigabytesIncluded = 0 },
    }).Total;

    /// <summary>Takes usage of a period to a month.</summary>
    public static CostEstimate Of(UsageReport report, UsagePeriod period, PriceList prices)
    {
        var factor = (decimal)(Month / period.Length);
        var total = report.Total;
        return new CostEstimate(prices, total.RowsRead * factor, total.RowsWritten * factor,
            (decimal)report.StorageBytesAverage / 1_000_000_000);
    }

    public static decimal Billable(decimal used, decimal included) => Math.Max(0, used - included);
}
