namespace Shoal.Items.Expressions;

/// <summary>What one clause of an update does.</summary>
internal enum UpdateClauseKind
{
    /// <summary>Gives a value.</summary>
    Set,

    /// <summary>Takes an attribute or element away.</summary>
    Remove,

    /// <summary>Adds to a number or a set.</summary>
    Add,

    /// <summary>Takes members out of a set.</summary>
    Delete,
}
