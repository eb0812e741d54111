namespace Shoal.Items.Storage;

/// <summary>What happened to an item. Persisted: the numbers never change.</summary>
public enum ChangeKind
{
    /// <summary>It is new.</summary>
    Insert = 0,

    /// <summary>It is different.</summary>
    Modify = 1,

    /// <summary>It is gone.</summary>
    Remove = 2,

    /// <summary>It has expired.</summary>
    Expire = 3,
}
