namespace Shoal.Client.Bulk;

/// <summary>A bulk write ended before all rows were applied. What was applied stays, and stands in the report.</summary>
public sealed class BulkWriteException : ShoalException
{
    internal BulkWriteException(BulkReport report, ShoalException cause)
        : base(cause.Kind, $"{report.Applied} of {report.Rows} rows are applied, {report.Rejected} refused, "
            + $"{report.NotApplied + report.Unknown} not settled: "
            + (report.Failures.Count > 0 ? report.Failures[0].ToString() : cause.Reason), cause)
    {
        Report = report;
        Code = cause.Code;
        Status = cause.Status;
        Database = cause.Database;
        Hint = cause.Hint;
        MayHaveBeenApplied = report.Unknown > 0;
        Attempts = cause.Attempts;
    }

    /// <summary>What was done before it ended.</summary>
    public BulkReport Report { get; }
}
