namespace Shoal.Cli.Targets;

/// <summary>What an import did.</summary>
/// <param name="Statements">Statements run, or rows inserted for CSV.</param>
/// <param name="Meta">Totals.</param>
internal sealed record ImportSummary(long Statements, ResultMeta Meta);
