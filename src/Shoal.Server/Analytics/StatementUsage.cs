using Shoal.Server.D1;

namespace Shoal.Server.Analytics;

/// <summary>What one statement text cost in one hour.</summary>
/// <param name="Count">Times it was run.</param>
/// <param name="Totals">What these cost together.</param>
internal readonly record struct StatementUsage(long Count, ItemUsage Totals)
{
    public StatementUsage Plus(in StatementUsage other) => new(Count + other.Count, Totals.Plus(other.Totals));
}
