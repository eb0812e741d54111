using System.Globalization;
using Shoal.Protocol;

namespace Shoal.Engine.History;

/// <summary>Counts restores per database, as D1 does: a restore writes as much as the database has changed.</summary>
/// <remarks>Thread: safe for any. Only restores that succeeded count.</remarks>
internal sealed class RestoreLimiter(EngineOptions options)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<DatabaseId, Queue<DateTimeOffset>> _done = [];

    /// <summary>Passes when another restore is allowed.</summary>
    /// <exception cref="EngineException">There were too many.</exception>
    public void Check(DatabaseId id)
    {
        var limits = options.History;
        var now = options.TimeProvider.GetUtcNow();
        lock (_gate)
        {
            foreach (var (database, times) in _done)
            {
                while (times.TryPeek(out var oldest) && now - oldest >= limits.RestorePeriod)
                {
                    times.Dequeue();
                }

                if (times.Count == 0)
                {
                    _done.Remove(database);
                }
            }

            if (_done.TryGetValue(id, out var mine) && mine.Count >= limits.RestoresPerPeriodMax)
            {
                throw new EngineException(EngineErrorKind.LimitExceeded, string.Create(CultureInfo.InvariantCulture,
                    $"the database was restored {mine.Count} times in the last {limits.RestorePeriod.TotalMinutes} minutes, ")
                    + "and that is the most",
                    string.Create(CultureInfo.InvariantCulture,
                        $"Try again after {mine.Peek() + limits.RestorePeriod:HH:mm:ss} UTC, or fork it: forks are not counted."), id);
            }
        }
    }

    /// <summary>A restore was done.</summary>
    public void Note(DatabaseId id)
    {
        lock (_gate)
        {
            if (!_done.TryGetValue(id, out var times))
            {
                _done.Add(id, times = new Queue<DateTimeOffset>());
            }

            times.Enqueue(options.TimeProvider.GetUtcNow());
        }
    }
}
