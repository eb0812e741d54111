namespace Shoal.Items.Tables;

/// <summary>What a record of a stream shows. Persisted: the numbers never change.</summary>
public enum StreamView
{
    /// <summary>The keys.</summary>
    KeysOnly = 0,

    /// <summary>The item after the change.</summary>
    NewImage = 1,

    /// <summary>The item before the change.</summary>
    OldImage = 2,

    /// <summary>Both.</summary>
    NewAndOldImages = 3,
}
