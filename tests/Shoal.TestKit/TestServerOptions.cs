using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Shoal.Engine;
using Shoal.Engine.History.Stores;
using Shoal.Protocol;
using Shoal.Server;
using Shoal.Server.Items.Auth;

namespace Shoal.TestKit;

/// <summary>What a test may change about its server.</summary>
public sealed class TestServerOptions
{
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    public long RequestBodyBytesMax { get; set; } = 16 * 1024 * 1024;

    public long ResponseBytesMax { get; set; } = 64 * 1024 * 1024;

    public long RequestMemoryBytesMax { get; set; } = 1024 * 1024 * 1024;

    public long ImportBytesMax { get; set; } = 100_000_000;

    public TimeSpan QueryTimeout { get; set; } = TimeSpan.FromSeconds(30);

    public TimeSpan DrainDelay { get; set; }

    public CompatibilityLevel Compatibility { get; set; }

    public bool CreateOnUse { get; set; }

    public ILoggerFactory LoggerFactory { get; set; } = NullLoggerFactory.Instance;

    public DurabilityMode? Durability { get; set; }

    public TimeSpan? BackupVerifyInterval { get; set; }

    public string? Region { get; set; }

    public string? Colo { get; set; }

    public EngineLimits Limits { get; set; } = new();

    public TransferLimits Transfers { get; set; } = new();

    public IReadOnlyList<string> MetricsUrls { get; set; } = [];

    public Uri? OtlpEndpoint { get; set; }

    public IReadOnlyList<string> ItemsUrls { get; set; } = [];

    public ItemsAuthMode ItemsAuth { get; set; }

    public string? ItemsKeysPath { get; set; }

    public IObjectStore? HistoryStore { get; set; }

    /// <summary>A folder to use instead of a new one; then the test removes it.</summary>
    public string? DataFolder { get; set; }
}
