namespace Shoal.Engine.Log;

/// <summary>Properties of a log record. Persisted.</summary>
[Flags]
internal enum LogRecordFlags : byte
{
    None = 0,

    /// <summary>The commit continues in the next record of the same database; until one without this flag it counts for nothing.</summary>
    Continues = 1,

    /// <summary>The first record, a checkpoint, after a start: a commit without its last part before it never gets one.</summary>
    Start = 2,
}
