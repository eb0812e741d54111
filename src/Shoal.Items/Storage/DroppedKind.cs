namespace Shoal.Items.Storage;

/// <summary>Whose rows are to be removed. Persisted: the numbers never change.</summary>
internal enum DroppedKind
{
    /// <summary>Items, expiry times and stream of a table.</summary>
    Table = 0,

    /// <summary>Entries of an index.</summary>
    Index = 1,
}
