using Shoal.Engine.Requests;

namespace Shoal.Engine.Transfer;

/// <summary>What a completed import did.</summary>
/// <param name="Statements">Statements run, or rows inserted for CSV.</param>
/// <param name="Meta">Totals over the import.</param>
public sealed record ImportResult(long Statements, StatementMeta Meta);
