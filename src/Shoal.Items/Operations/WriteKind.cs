namespace Shoal.Items.Operations;

/// <summary>What a write does.</summary>
internal enum WriteKind
{
    /// <summary>Puts an item in the place of what is there.</summary>
    Put,

    /// <summary>Removes an item.</summary>
    Delete,

    /// <summary>Changes an item, or makes one.</summary>
    Update,

    /// <summary>Only checks a condition.</summary>
    Check,
}
