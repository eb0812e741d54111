using System.Diagnostics.CodeAnalysis;

namespace Shoal.Client.Retry;

/// <summary>Decides whether a failure is followed by another attempt, and after which wait.</summary>
/// <remarks>Thread: safe.</remarks>
internal sealed class RetryPolicy(RetryOptions options)
{
    private readonly Lock _gate = new();
    private readonly Random _random = Seeded(options.JitterSeed);

    /// <summary>Whether to try again.</summary>
    /// <param name="error">What happened.</param>
    /// <param name="repeatable">Whether the request does no harm when it runs twice.</param>
    /// <param name="attempt">The attempt that failed, from 1.</param>
    /// <param name="elapsed">Since the first attempt began.</param>
    /// <param name="wait">How long to wait before the next.</param>
    public bool TryNext(ShoalException error, bool repeatable, int attempt, TimeSpan elapsed, out TimeSpan wait)
    {
        wait = TimeSpan.Zero;
        if (!error.IsTransient || attempt >= options.AttemptsMax || (error.MayHaveBeenApplied && !repeatable))
        {
            return false;
        }

        wait = Jittered(attempt);
        if (error.RetryAfter is { } asked && asked > wait)
        {
            wait = asked;
        }

        return elapsed + wait <= options.Deadline;
    }

    /// <summary>Anywhere between nothing and the bound of this attempt.</summary>
    private TimeSpan Jittered(int attempt)
    {
        var bound = Math.Min(options.Delay.TotalMilliseconds * Math.Pow(2, attempt - 1), options.DelayMax.TotalMilliseconds);
        lock (_gate)
        {
            return TimeSpan.FromMilliseconds(bound * _random.NextDouble());
        }
    }

    [SuppressMessage("Security", "CA5394", Justification = "Jitter needs no secret numbers.")]
    private static Random Seeded(int? seed) => seed is { } value ? new Random(value) : new Random();
}
