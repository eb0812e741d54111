namespace Shoal.Sync;

/// <summary>What was pushed is not right, so nothing of it was taken.</summary>
/// <param name="message">What is wrong.</param>
/// <param name="hint">What to do.</param>
/// <param name="index">Which message of those that were sent together; null for all.</param>
public sealed class MessageRefusedException(string message, string hint, int? index = null) : Exception(message)
{
    public string Hint { get; } = hint;

    public int? Index { get; } = index;
}
