namespace Shoal.Sync.Queue;

/// <summary>A message as the queue keeps it.</summary>
/// <param name="Sequence">Its place in the order of arrival; never used twice.</param>
/// <param name="Table">Which table.</param>
/// <param name="Key">Which row.</param>
/// <param name="Operation">What becomes of it.</param>
/// <param name="Data">The columns, as JSON.</param>
/// <param name="Version">As it was sent.</param>
/// <param name="Attempts">How often it was refused.</param>
internal sealed record StoredMessage(long Sequence, string Table, string Key, PushOperation Operation, string Data, long? Version,
    int Attempts);
