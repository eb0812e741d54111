namespace Shoal.Cli.Targets;

/// <summary>What one statement returned and cost.</summary>
/// <param name="Columns">Names, which may repeat; empty for a statement without a result.</param>
/// <param name="Rows">Values: null, long, double, string or byte[].</param>
/// <param name="Meta">The numbers of D1's <c>meta</c>.</param>
/// <param name="RowsLeftOut">Rows that were not kept because the result is too large to show.</param>
internal sealed record StatementResult(
    IReadOnlyList<string> Columns,
    IReadOnlyList<object?[]> Rows,
    ResultMeta Meta,
    long RowsLeftOut = 0);
