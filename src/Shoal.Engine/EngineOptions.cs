using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Shoal.Engine;

/// <summary>How a <see cref="DatabaseEngine"/> behaves. Immutable once the engine is open.</summary>
public sealed class EngineOptions
{
    /// <summary>The data folder; created when missing. Required.</summary>
    public required string DataFolder { get; init; }

    /// <summary>Bounds on everything that could grow.</summary>
    public EngineLimits Limits { get; init; } = new();

    /// <summary>A database without requests for this long is checkpointed and closed. Default 60 s.</summary>
    public TimeSpan IdleClose { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The clock. Default: the system's.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Where log messages go. Default: nowhere.</summary>
    public ILoggerFactory LoggerFactory { get; init; } = NullLoggerFactory.Instance;
}
