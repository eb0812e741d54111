namespace Shoal.Engine.Log;

/// <summary>Properties of a log record. Persisted.</summary>
[Flags]
internal enum LogRecordFlags : byte
{
    None = 0,

    /// <summary>The commit continues in the next record of the same database; until one without this flag it counts for nothing.</summary>
    Continues = 1,

    /// <summary>Of a checkpoint: an engine opened the log here. Commits before it that have not ended count for nothing.</summary>
    Opened = 2,

    /// <summary>
    /// The commit began in an earlier record: without that this one counts for nothing. The first programs did not set it.
    /// </summary>
    Continued = 4,
}
