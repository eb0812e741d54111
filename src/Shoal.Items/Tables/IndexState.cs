namespace Shoal.Items.Tables;

/// <summary>How far an index is. Persisted: the numbers never change.</summary>
public enum IndexState
{
    /// <summary>It holds all items and can be queried.</summary>
    Active = 0,

    /// <summary>It was added later, and old items are still being copied.</summary>
    Creating = 1,

    /// <summary>Its entries are being removed.</summary>
    Deleting = 2,
}
