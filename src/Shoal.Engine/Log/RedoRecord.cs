namespace Shoal.Engine.Log;

/// <summary>Where a part of a commit lies that a database file may lack.</summary>
/// <param name="Segment">The file.</param>
/// <param name="Header">The record's header; its body follows.</param>
internal readonly record struct RedoRecord(LogSegment Segment, LogRecordHeader Header);
