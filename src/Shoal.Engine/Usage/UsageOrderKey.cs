namespace Shoal.Engine.Usage;

/// <summary>What rows of usage can be ordered by: a sum, or what rows are told apart by.</summary>
/// <remarks>Of what a row is not told apart by, its largest counts.</remarks>
public enum UsageOrderKey
{
    /// <inheritdoc cref="UsageSums.Count"/>
    Count,

    /// <inheritdoc cref="UsageSums.Reads"/>
    Reads,

    /// <inheritdoc cref="UsageSums.Writes"/>
    Writes,

    /// <inheritdoc cref="UsageSums.RowsRead"/>
    RowsRead,

    /// <inheritdoc cref="UsageSums.RowsWritten"/>
    RowsWritten,

    /// <inheritdoc cref="UsageSums.RowsReturned"/>
    RowsReturned,

    /// <inheritdoc cref="UsageSums.ResponseBytes"/>
    ResponseBytes,

    /// <inheritdoc cref="UsageSums.SqlTime"/>
    SqlTime,

    /// <inheritdoc cref="UsageSums.Time"/>
    Time,

    /// <summary>The database's id as text.</summary>
    Database,

    /// <summary>The statement's text; "other" has none, and is the smallest.</summary>
    Statement,

    /// <inheritdoc cref="UsageGrouping.Bucket"/>
    Bucket,

    /// <inheritdoc cref="UsageGrouping.Day"/>
    Day,
}
