namespace Shoal.Sync.Queue;

/// <summary>What a column of a table of messages holds.</summary>
internal enum MessageType
{
    Integer,
    Real,
    Text,
    Blob,
    Boolean,
    Json,
    Timestamp,
    UnixMilliseconds,
}
