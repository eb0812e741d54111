namespace Shoal.Client.Buffering;

/// <summary>What a full buffer does with one more item. Whatever it does is counted.</summary>
public enum FullPolicy
{
    /// <summary>Who adds waits for room.</summary>
    Wait,

    /// <summary>The item is not taken, and who adds is told by an exception.</summary>
    Reject,

    /// <summary>The oldest items that are not on their way are thrown away.</summary>
    DropOldest,

    /// <summary>The item is thrown away.</summary>
    DropNewest,
}
