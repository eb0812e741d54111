using Shoal.Server.D1;

namespace Shoal.Server.Analytics;

/// <summary>Sums of one database over one hour.</summary>
/// <param name="Requests">Requests that succeeded.</param>
/// <param name="ResponseBytes">Bytes of their replies.</param>
/// <param name="Totals">What their statements cost.</param>
internal readonly record struct HourSums(long Requests, long ResponseBytes, ItemUsage Totals)
{
    public HourSums Plus(in HourSums other) =>
        new(Requests + other.Requests, ResponseBytes + other.ResponseBytes, Totals.Plus(other.Totals));
}
