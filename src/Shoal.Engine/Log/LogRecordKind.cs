namespace Shoal.Engine.Log;

/// <summary>What a log record says. Persisted: numbers never change their meaning.</summary>
internal enum LogRecordKind : byte
{
    /// <summary>Page images of one commit of one database, or a part of them.</summary>
    Commit = 1,

    /// <summary>Everything before a position is in database files and flushed.</summary>
    Checkpoint = 2,
}
