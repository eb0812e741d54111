using Shoal.Client;
using Shoal.Client.Retry;
using Shoal.Engine;

namespace Shoal.Embedded;

/// <summary>Settings of a <see cref="ShoalEngine"/>.</summary>
public sealed record ShoalEngineOptions
{
    /// <summary>The data folder, its durability, limits, clock and log.</summary>
    public required EngineOptions Engine { get; init; }

    /// <summary>The account that owns the databases. Default <c>shoal</c>, a server's default account.</summary>
    public string Account { get; init; } = "shoal";

    /// <summary>When a batch that found a database's write queue full is tried again.</summary>
    public RetryOptions Retry { get; init; } = new();

    /// <summary>Largest result that is kept in memory. Units: bytes. Default 128 MiB, as over HTTP.</summary>
    public int ResultBytesMax { get; init; } = 128 * 1024 * 1024;

    /// <summary>What goes into one batch of a bulk write that is all or nothing. Units: bytes. Default 64 MiB.</summary>
    public int BatchBytesMax { get; init; } = 64 * 1024 * 1024;

    internal void Validate()
    {
        ArgumentNullException.ThrowIfNull(Engine);
        ArgumentException.ThrowIfNullOrWhiteSpace(Engine.DataFolder);
        ArgumentException.ThrowIfNullOrEmpty(Account);
        ArgumentOutOfRangeException.ThrowIfLessThan(ResultBytesMax, 1024);
        ArgumentOutOfRangeException.ThrowIfLessThan(BatchBytesMax, 16 * 1024);
    }
}
