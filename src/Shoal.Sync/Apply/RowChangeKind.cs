namespace Shoal.Sync.Apply;

/// <summary>What becomes of a row.</summary>
internal enum RowChangeKind
{
    /// <summary>All its columns are known.</summary>
    Upsert,

    /// <summary>Some columns keep what they have.</summary>
    Update,

    Delete,
}
