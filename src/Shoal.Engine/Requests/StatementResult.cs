namespace Shoal.Engine.Requests;

/// <summary>The whole result of one statement, copied out of SQLite.</summary>
/// <param name="Position">Where the statement stood.</param>
/// <param name="Columns">Column names, in order; they may repeat.</param>
/// <param name="Rows">Rows; per row one value per column.</param>
/// <param name="Meta">What the statement did and cost.</param>
public sealed record StatementResult(
    StatementPosition Position,
    IReadOnlyList<string> Columns,
    IReadOnlyList<SqlValue[]> Rows,
    StatementMeta Meta);
