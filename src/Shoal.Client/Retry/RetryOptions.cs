namespace Shoal.Client.Retry;

/// <summary>When and how often a failed request is sent again.</summary>
/// <remarks>
/// Only transient failures are repeated, and of those that may have been applied only requests that do no harm when they run
/// twice: reads, statements marked as idempotent, and batches that carry a token. Waits grow exponentially with full jitter.
/// </remarks>
public sealed record RetryOptions
{
    /// <summary>Attempts at most, the first included. Default 5; 1 never repeats.</summary>
    public int AttemptsMax { get; init; } = 5;

    /// <summary>Upper bound of the first wait; each further bound is twice the one before. Default 100 ms.</summary>
    public TimeSpan Delay { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Upper bound of every wait, unless the server asks for more. Default 5 s.</summary>
    public TimeSpan DelayMax { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>No attempt begins later than this after the first. Default 60 s.</summary>
    public TimeSpan Deadline { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Seed of the jitter; null (default) for a random one.</summary>
    public int? JitterSeed { get; init; }

    internal void Validate(List<string> wrong)
    {
        if (AttemptsMax < 1)
        {
            wrong.Add($"{nameof(AttemptsMax)} must be at least 1");
        }

        if (Delay < TimeSpan.Zero || DelayMax < Delay || Deadline < TimeSpan.Zero)
        {
            wrong.Add($"{nameof(Delay)}, {nameof(DelayMax)} and {nameof(Deadline)} must not be negative, "
                + $"nor {nameof(DelayMax)} less than {nameof(Delay)}");
        }
    }
}
