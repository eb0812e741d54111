using Shoal.Server.D1;

namespace Shoal.Server.Analytics;

/// <summary>One line of a data set before grouping.</summary>
/// <param name="Database">The database's id.</param>
/// <param name="Hour">Start of the hour, UTC.</param>
/// <param name="Query">Statement text; null in the data set that has none.</param>
/// <param name="Count">Requests, or runs of the statement.</param>
/// <param name="ResponseBytes">Bytes of the replies.</param>
/// <param name="Totals">What it cost.</param>
internal sealed record UsageRow(string Database, DateTimeOffset Hour, string? Query, long Count, long ResponseBytes,
    ItemUsage Totals)
{
    public UsageRow Plus(UsageRow other) => this with
    {
        Count = Count + other.Count,
        ResponseBytes = ResponseBytes + other.ResponseBytes,
        Totals = Totals.Plus(other.Totals),
    };
}
