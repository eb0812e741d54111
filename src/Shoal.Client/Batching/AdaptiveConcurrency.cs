namespace Shoal.Client.Batching;

/// <summary>Lets a limiter's number of permits follow what the server bears: up one at a time, down by a third.</summary>
public sealed record AdaptiveConcurrency
{
    /// <summary>Never fewer permits. Default 1.</summary>
    public int Min { get; init; } = 1;

    /// <summary>Permits at the beginning. Default 4.</summary>
    public int Start { get; init; } = 4;

    /// <summary>A request that takes longer counts as a sign of overload, as 429 and 503 do. Default 100 ms.</summary>
    public TimeSpan TargetLatency { get; init; } = TimeSpan.FromMilliseconds(100);
}
