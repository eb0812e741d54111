namespace Shoal.Sync;

/// <summary>The queue has no room; nothing was taken.</summary>
/// <param name="depth">Messages that wait, dead letters counted in.</param>
/// <param name="retryAfter">When to try again.</param>
public sealed class QueueFullException(long depth, TimeSpan retryAfter)
    : Exception(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"the queue is full: {depth} messages wait"))
{
    public TimeSpan RetryAfter { get; } = retryAfter;
}
