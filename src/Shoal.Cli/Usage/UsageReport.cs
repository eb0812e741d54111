using Shoal.Engine.Usage;

namespace Shoal.Cli.Usage;

/// <summary>Usage of a span of time.</summary>
/// <param name="Rows">By what was asked for; those that read most come first.</param>
/// <param name="StorageBytesAverage">What databases stored on average.</param>
internal sealed record UsageReport(IReadOnlyList<UsageRow> Rows, double StorageBytesAverage)
{
    /// <summary>All rows together.</summary>
    public UsageSums Total => Rows.Aggregate(default(UsageSums), static (sum, row) => sum.Plus(row.Sums));
}
