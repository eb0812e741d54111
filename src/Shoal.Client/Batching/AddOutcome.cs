namespace Shoal.Client.Batching;

/// <summary>What came of adding an item.</summary>
internal enum AddOutcome
{
    Added,

    /// <summary>There is no room for it now.</summary>
    Full,

    /// <summary>There will never be room for it.</summary>
    TooLarge,

    Closed,
}
