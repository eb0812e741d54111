using Shoal.Engine;

namespace Shoal.PowerCut;

/// <summary>How the engine under test is opened.</summary>
internal sealed class EngineSettings
{
    public EngineSettings(string durability)
    {
        if (durability != "sqlite")
        {
            throw new ArgumentException($"--durability {durability}: there is sqlite");
        }
    }

    /// <summary>Small limits, so that in a short time all that is rare happens often.</summary>
    public EngineOptions ForLoad(string folder) => new()
    {
        DataFolder = folder,
        IdleClose = TimeSpan.FromMilliseconds(200),
        Limits = new EngineLimits { OpenDatabasesMax = 24, CheckpointFramesMin = 200 },
    };

    public EngineOptions ForRecovery(string folder) => new() { DataFolder = folder };
}
