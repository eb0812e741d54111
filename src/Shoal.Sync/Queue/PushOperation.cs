namespace Shoal.Sync.Queue;

/// <summary>What a message asks for.</summary>
internal enum PushOperation
{
    /// <summary>The row is as the message says: columns that it does not name are NULL.</summary>
    Upsert,

    /// <summary>The columns that the message names change, where there is such a row.</summary>
    Update,

    Delete,
}
