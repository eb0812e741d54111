using Microsoft.Extensions.Logging;

namespace Shoal.Engine.History;

/// <summary>Packs that could not be read when they were to be copied: until the next start they stay as they are.</summary>
/// <remarks>Each is logged and counted once. Thread: the keeper's.</remarks>
/// <param name="logger">Hears of each.</param>
/// <param name="metrics">Count each.</param>
internal sealed class DamagedPacks(ILogger logger, EngineMetrics metrics)
{
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);

    public bool Contains(PackInfo pack) => _names.Contains(pack.Name);

    public void Note(PackDamagedException error)
    {
        if (_names.Add(error.Pack))
        {
            EngineLog.HistoryPackUnreadable(logger, error.Pack, error);
            metrics.HistoryFailed();
        }
    }
}
