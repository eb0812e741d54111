namespace Shoal.Engine.Insights;

/// <summary>When a statement is worth a remark.</summary>
internal static class InsightLimits
{
    /// <summary>
    /// Statements that indexes are tried for, per database; those that read most come first. A trial on the largest copy takes
    /// some 10 ms, and a statement has a dozen at most.
    /// </summary>
    public const int StatementsMax = 20;

    /// <summary>Rows read in all, below which nobody will notice.</summary>
    public const long RowsReadMin = 1_000;

    /// <summary>Rows read per run, below which a scan is as good as an index.</summary>
    public const long RowsReadPerRunMin = 50;

    /// <summary>Rows read per row returned or changed, from which on a statement reads too much.</summary>
    public const long RowsReadPerRowMin = 10;

    /// <summary>Runs alone in a request, from which on a write counts as row by row.</summary>
    public const long AloneMin = 100;

    /// <summary>The same within ten seconds.</summary>
    public const long AlonePeakMin = 20;

    /// <summary>Rows per request in the estimate of what batching saves: D1 allows 100 parameters per statement.</summary>
    public const long BatchRows = 100;
}
