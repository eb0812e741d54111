using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Shoal.Engine.History;
using Shoal.Engine.History.Stores;
using Shoal.Engine.Storage;
using Shoal.Engine.Usage;

namespace Shoal.Engine;

/// <summary>How a <see cref="DatabaseEngine"/> behaves. Immutable once the engine is open.</summary>
public sealed class EngineOptions
{
    /// <summary>The data folder; created when missing. Required.</summary>
    public required string DataFolder { get; init; }

    /// <summary>
    /// When a commit is durable. Default null: as the folder was written last, for a new one
    /// <see cref="DurabilityMode.Log"/>. A folder may change its mode at any start.
    /// </summary>
    public DurabilityMode? Durability { get; init; }

    /// <summary>Bounds on everything that could grow.</summary>
    public EngineLimits Limits { get; init; } = new();

    /// <summary>Bounds on what is remembered of usage.</summary>
    public UsageLimits Usage { get; init; } = new();

    /// <summary>How much history is kept for Time Travel.</summary>
    public HistoryLimits History { get; init; } = new();

    /// <summary>Where copies of history go, so that a lost machine can be made anew. Default null: nowhere. The caller's.</summary>
    public IObjectStore? HistoryStore { get; init; }

    /// <summary>
    /// How often they go there: what is lost with a machine is at most what was committed in this time and the time of an upload.
    /// Default 60 s.
    /// </summary>
    public TimeSpan HistoryUploadInterval { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>A database without requests for this long is checkpointed and closed. Default 60 s.</summary>
    public TimeSpan IdleClose { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How often databases with commits that only the log holds are checkpointed. Default 30 s.</summary>
    public TimeSpan CheckpointInterval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Free space on the folder's disk below which writes are refused; reads and deletions of databases go on. Units: bytes.
    /// 0 for never. Default null: 256 MiB, on a disk smaller than 2.5 GiB a tenth of it: enough for some segments of the log.
    /// </summary>
    public long? FreeBytesMin { get; init; }

    /// <summary>The clock. Default: the system's.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Where log messages go. Default: nowhere.</summary>
    public ILoggerFactory LoggerFactory { get; init; } = NullLoggerFactory.Instance;

    /// <summary>How room on a disk is found out; a test gives its own.</summary>
    internal Func<string, DiskSpace> ReadDiskSpace { get; init; } = DiskSpace.Of;

    /// <summary>How long the first pause is before a request to the store is repeated; a test gives its own.</summary>
    internal TimeSpan StoreRetryPause { get; init; } = TimeSpan.FromMilliseconds(100);
}
