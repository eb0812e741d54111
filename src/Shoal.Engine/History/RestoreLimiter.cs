using System.Globalization;
using Shoal.Protocol;

namespace Shoal.Engine.History;

/// <summary>Counts restores per database, as D1 does: a restore writes as much as the database has changed.</summary>
/// <remarks>Thread: safe for any. Those that are under way count, and those that succeeded.</remarks>
internal sealed class RestoreLimiter(EngineOptions options)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<DatabaseId, List<DateTimeOffset>> _begun = [];

    /// <summary>Passes when another restore is allowed, and counts it.</summary>
    /// <returns>What takes it back if it fails.</returns>
    /// <exception cref="EngineException">There were too many.</exception>
    public DateTimeOffset Begin(DatabaseId id)
    {
        var limits = options.History;
        var now = options.TimeProvider.GetUtcNow();
        lock (_gate)
        {
            foreach (var (database, times) in _begun)
            {
                _ = times.RemoveAll(time => now - time >= limits.RestorePeriod);
                if (times.Count == 0)
                {
                    _begun.Remove(database);
                }
            }

            if (!_begun.TryGetValue(id, out var mine))
            {
                _begun.Add(id, mine = []);
            }

            if (mine.Count >= limits.RestoresPerPeriodMax)
            {
                throw new EngineException(EngineErrorKind.LimitExceeded, string.Create(CultureInfo.InvariantCulture,
                    $"the database was restored {mine.Count} times in the last {limits.RestorePeriod.TotalMinutes} minutes, ")
                    + "and that is the most",
                    string.Create(CultureInfo.InvariantCulture,
                        $"Try again after {mine[0] + limits.RestorePeriod:HH:mm:ss} UTC, or fork it: forks are not counted."), id);
            }

            mine.Add(now);
            return now;
        }
    }

    /// <summary>A restore has changed nothing.</summary>
    /// <param name="id">Of which database.</param>
    /// <param name="begun">What its begin gave.</param>
    public void TakeBack(DatabaseId id, DateTimeOffset begun)
    {
        lock (_gate)
        {
            if (_begun.TryGetValue(id, out var mine))
            {
                _ = mine.Remove(begun);
            }
        }
    }
}
