using Shoal.Protocol;

namespace Shoal.Engine.Insights;

/// <summary>Something about a database's statements that could be better.</summary>
/// <param name="Database">The database.</param>
/// <param name="Summary">One sentence.</param>
/// <param name="Reasoning">What was measured and tried.</param>
/// <param name="Suggestions">What to do; empty when nothing that was tried helps.</param>
/// <param name="Queries">The statements it is about.</param>
public sealed record Insight(
    DatabaseId Database,
    string Summary,
    string Reasoning,
    IReadOnlyList<InsightSuggestion> Suggestions,
    IReadOnlyList<InsightQuery> Queries);
