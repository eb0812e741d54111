using Microsoft.Extensions.Logging;
using Shoal.Client.Retry;

namespace Shoal.Client.Batching;

/// <summary>What all lanes of a writer share on their way to the server.</summary>
internal sealed record GateShared(
    string Name,
    WriteLimiter Limiter,
    CircuitBreaker Breaker,
    RateRamp? Rate,
    RetryPolicy Policy,
    TimeProvider Time,
    ILogger Log);
