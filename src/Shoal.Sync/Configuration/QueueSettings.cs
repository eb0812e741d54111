namespace Shoal.Sync.Configuration;

/// <summary>The push queue of a source: tables whose rows come as messages, and how messages are consumed.</summary>
/// <remarks>Bounds are those of Cloudflare Queues: 100 messages of a batch, 60 s of wait, 100 retries, 24 h of delay.</remarks>
public sealed record QueueSettings
{
    public const int BatchMax = 100;
    public const int RetriesMax = 100;

    public static readonly TimeSpan WaitMax = TimeSpan.FromSeconds(60);
    public static readonly TimeSpan DelayMax = TimeSpan.FromHours(24);

    public required IReadOnlyList<QueueTableSettings> Tables { get; init; }

    /// <summary>Messages of a tenant that are applied together at most. Default 100, which is the most.</summary>
    public int MaxBatch { get; init; } = BatchMax;

    /// <summary>How long a message waits for others of its tenant. Default 50 ms, at most 60 s; zero for not at all.</summary>
    public TimeSpan MaxWait { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>How often a refused message is tried again before it becomes a dead letter. Default 10, at most 100.</summary>
    public int MaxRetries { get; init; } = 10;

    /// <summary>Wait before the first retry; doubles with every one. Default 5 s, at most 24 h.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Messages that may wait, dead letters counted in; more are answered 429. Default 100,000.</summary>
    public int MaxDepth { get; init; } = 100_000;

    /// <summary>How long an idempotency key is remembered. Default 24 h.</summary>
    public TimeSpan RememberKeys { get; init; } = TimeSpan.FromHours(24);

    /// <summary>How long the version of a deleted row is remembered. Default 14 days.</summary>
    public TimeSpan RememberDeleted { get; init; } = TimeSpan.FromDays(14);

    /// <summary>Prefix of the messages in PostgreSQL's log that are meant for the queue. Default <c>shoal</c>.</summary>
    public string OutboxPrefix { get; init; } = "shoal";
}
