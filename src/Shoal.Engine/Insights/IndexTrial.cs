namespace Shoal.Engine.Insights;

/// <summary>An index that a plan uses.</summary>
/// <param name="Table">The table.</param>
/// <param name="Columns">The columns.</param>
/// <param name="Constrained">How many of them the plan looks up.</param>
/// <param name="RowsPerLookUp">Rows of one look-up on average; null when nobody knows.</param>
/// <param name="Scans">Scans that the plan still has.</param>
/// <param name="SortsLess">Whether a sort is gone that the plan without it has.</param>
/// <param name="PlanLine">The line of the plan.</param>
internal sealed record IndexTrial(
    string Table,
    IReadOnlyList<string> Columns,
    int Constrained,
    double? RowsPerLookUp,
    int Scans,
    bool SortsLess,
    string PlanLine)
{
    /// <summary>The name to create it under.</summary>
    public string Name => "idx_" + string.Join('_', Columns.Prepend(Table).Select(static part =>
        string.Concat(part.Select(static c => char.IsAsciiLetterOrDigit(c) ? char.ToLowerInvariant(c) : '_'))));

    /// <summary>The statement that creates it.</summary>
    public string Sql =>
        $"CREATE INDEX {SchemaCopy.Quote(Name)} ON {SchemaCopy.Quote(Table)}({string.Join(", ", Columns.Select(SchemaCopy.Quote))})";
}
