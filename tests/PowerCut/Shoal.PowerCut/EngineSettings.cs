using Shoal.Engine;
using Shoal.Engine.History;

namespace Shoal.PowerCut;

/// <summary>How the engine under test is opened.</summary>
internal sealed class EngineSettings(string durability)
{
    private readonly DurabilityMode _durability = durability switch
    {
        "log" => DurabilityMode.Log,
        "sqlite" => DurabilityMode.Sqlite,
        _ => throw new ArgumentException($"--durability {durability}: there are log and sqlite"),
    };

    /// <summary>Small limits, so that in a short time all that is rare happens often.</summary>
    public EngineOptions ForLoad(string folder) => new()
    {
        DataFolder = folder,
        Durability = _durability,
        IdleClose = TimeSpan.FromMilliseconds(200),
        CheckpointInterval = TimeSpan.FromMilliseconds(150),
        History = new HistoryLimits
        {
            PackInterval = TimeSpan.FromMilliseconds(400),
            HourlySpan = TimeSpan.FromSeconds(1),
            RestoresPerPeriodMax = int.MaxValue,
        },
        Limits = new EngineLimits
        {
            OpenDatabasesMax = 24,
            CheckpointFramesMin = 200,
            LogSegmentBytes = 4 * 1024 * 1024,
            LogBytesCheckpoint = 8 * 1024 * 1024,
        },
    };

    /// <summary>As little as possible happens by itself, and nothing by a clock.</summary>
    public EngineOptions ForScript(string folder) => new()
    {
        DataFolder = folder,
        Durability = _durability,
        IdleClose = TimeSpan.FromHours(1),
        CheckpointInterval = TimeSpan.FromHours(1),
        History = new HistoryLimits { RestoresPerPeriodMax = int.MaxValue },
        Limits = new EngineLimits
        {
            OpenDatabasesMax = 3,
            CheckpointFramesMin = 100,
            LogSegmentBytes = 4 * 1024 * 1024,
        },
    };

    public EngineOptions ForRecovery(string folder) => new()
    {
        DataFolder = folder,
        Durability = _durability,
        Limits = new EngineLimits { LogSegmentBytes = 4 * 1024 * 1024 },
    };
}
