using Shoal.Client.Buffering;
using Shoal.Client.Bulk;
using Shoal.Client.Retry;

namespace Shoal.Client.Batching;

/// <summary>What write buffers and batch writers have in common.</summary>
public abstract record WriterOptions
{
    private protected WriterOptions()
    {
    }

    /// <summary>Names the writer in metrics, traces and logs; one of few. Default <c>default</c>.</summary>
    public string Name { get; init; } = "default";

    /// <summary>Rows of a batch, 1 or more. Default 500.</summary>
    public int BatchRowsMax { get; init; } = 500;

    /// <summary>Size of a batch. Units: bytes of the request. Default 1 MiB; never more than the target takes.</summary>
    public int BatchBytesMax { get; init; } = 1024 * 1024;

    /// <summary>
    /// What a refused row takes down with it. Default itself: a refused batch is halved until the rows at fault are alone.
    /// </summary>
    public Atomicity Atomicity { get; init; } = Atomicity.PerRow;

    /// <summary>
    /// When a batch that failed is sent again; it carries a token, so that it is never applied twice. Default: up to 12 attempts
    /// within 2 minutes, waits of up to 10 s.
    /// </summary>
    public RetryOptions Retry { get; init; } = new()
    {
        AttemptsMax = 12, DelayMax = TimeSpan.FromSeconds(10), Deadline = TimeSpan.FromMinutes(2),
    };

    /// <summary>Bounds the requests at once. Writers that get the same one share its permits. Null (default): one of 10.</summary>
    public WriteLimiter? Limiter { get; init; }

    /// <summary>When requests to a database, or all of them, pause after failures.</summary>
    public BreakerOptions Breaker { get; init; } = new();

    /// <summary>Rows per second, rising with time; null (default) for no bound.</summary>
    public RateOptions? Rate { get; init; }

    /// <summary>
    /// How long a batch may take: rows per batch are fewer while batches take longer. Null (default): always
    /// <see cref="BatchRowsMax"/>.
    /// </summary>
    public TimeSpan? TargetLatency { get; init; }

    /// <summary>Whether databases that do not exist are created when the first batch for them comes. Default no.</summary>
    public bool CreateMissing { get; init; }

    /// <summary>Where rows go that were refused or never got through; null (default) for nowhere.</summary>
    public IDeadLetterStore? DeadLetters { get; init; }

    private protected List<string> Check()
    {
        var wrong = new List<string>();
        if (string.IsNullOrWhiteSpace(Name))
        {
            wrong.Add($"{nameof(Name)} must not be empty");
        }

        if (BatchRowsMax < 1)
        {
            wrong.Add($"{nameof(BatchRowsMax)} must be at least 1; it is {BatchRowsMax}");
        }

        if (BatchBytesMax < 1_000)
        {
            wrong.Add($"{nameof(BatchBytesMax)} must be at least 1,000; it is {BatchBytesMax}");
        }

        if (TargetLatency <= TimeSpan.Zero)
        {
            wrong.Add($"{nameof(TargetLatency)} must be more than zero");
        }

        Retry.Validate(wrong);
        Breaker.Validate(wrong);
        Rate?.Validate(wrong);
        return wrong;
    }

    private protected static void Throw(List<string> wrong, string type)
    {
        if (wrong.Count > 0)
        {
            throw new ArgumentException(string.Join("; ", wrong), type);
        }
    }
}
