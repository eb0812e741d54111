namespace Shoal.Engine.Insights;

/// <summary>What to do, and what that would change over the time that was looked at. Differences: less is negative.</summary>
/// <param name="Kind"><see cref="IndexCreation"/> or <see cref="Batching"/>.</param>
/// <param name="Sql">The statement to run, or an example of the batched form.</param>
/// <param name="Summary">One sentence.</param>
/// <param name="RowsRead">Rows read, estimated.</param>
/// <param name="RowsWritten">Rows written, estimated.</param>
/// <param name="Duration">Time of the statements, estimated.</param>
public sealed record InsightSuggestion(
    string Kind,
    string Sql,
    string Summary,
    long RowsRead,
    long RowsWritten,
    TimeSpan Duration)
{
    /// <summary>Create an index.</summary>
    public const string IndexCreation = "index_creation";

    /// <summary>Send many rows in one request.</summary>
    public const string Batching = "batching";
}
