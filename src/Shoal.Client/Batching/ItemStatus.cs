namespace Shoal.Client.Batching;

/// <summary>What became of an item. Every item gets exactly one.</summary>
public enum ItemStatus
{
    /// <summary>It never got through, though it was tried as long as allowed. Nothing was changed.</summary>
    NotApplied,

    /// <summary>It is in the database, durably, or the write mode had it ignored.</summary>
    Applied,

    /// <summary>The database refused it, or the batch it was in. Nothing was changed.</summary>
    Rejected,

    /// <summary>It was sent, and no reply tells what became of it.</summary>
    Unknown,

    /// <summary>A later item of the same call with the same key was written in its place.</summary>
    Superseded,

    /// <summary>The buffer was full and its policy threw it away. Nothing was changed.</summary>
    Dropped,
}
