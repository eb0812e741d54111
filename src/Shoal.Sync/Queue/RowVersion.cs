namespace Shoal.Sync.Queue;

/// <summary>Which message a row was last changed by.</summary>
/// <param name="Version">The highest version that was applied; null without one.</param>
/// <param name="Sequence">The last place in the order of arrival that was applied.</param>
/// <param name="IsDeleted">Whether the row is gone.</param>
internal readonly record struct RowVersion(long? Version, long Sequence, bool IsDeleted)
{
    /// <summary>Whether a message is newer: by versions where both have one, else by arrival.</summary>
    public bool IsBefore(StoredMessage message) => Version is { } mine && message.Version is { } its ? its > mine
        : message.Sequence > Sequence;

    /// <summary>The row after a message.</summary>
    public RowVersion After(StoredMessage message) => new(message.Version ?? Version, Math.Max(Sequence, message.Sequence),
        message.Operation == PushOperation.Delete || (IsDeleted && message.Operation == PushOperation.Update));
}
