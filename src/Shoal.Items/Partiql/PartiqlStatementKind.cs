namespace Shoal.Items.Partiql;

/// <summary>What a PartiQL statement does.</summary>
internal enum PartiqlStatementKind
{
    /// <summary>Reads items.</summary>
    Select,

    /// <summary>Puts an item that must not be there yet.</summary>
    Insert,

    /// <summary>Changes an item that must be there.</summary>
    Update,

    /// <summary>Removes an item, if it is there.</summary>
    Delete,

    /// <summary>Checks an item, inside of a transaction.</summary>
    Exists,
}
