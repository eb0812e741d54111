namespace Shoal.Items.Tables;

/// <summary>Which attributes an index copies. Persisted: the numbers never change.</summary>
public enum ProjectionKind
{
    /// <summary>All.</summary>
    All = 0,

    /// <summary>The keys of table and index.</summary>
    KeysOnly = 1,

    /// <summary>The keys and those that are named.</summary>
    Include = 2,
}
