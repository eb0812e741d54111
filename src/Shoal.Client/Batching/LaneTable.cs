using Shoal.Client.Bulk;

namespace Shoal.Client.Batching;

/// <summary>A writer's lanes and databases: which items share a lane, and how many lanes lead to a database.</summary>
/// <remarks>Thread: under the engine's lock, but for <see cref="KeyOf"/>.</remarks>
internal sealed class LaneTable<T>(EngineSetup<T> setup, GateShared shared)
{
    /// <summary>Lanes per database with an order per key: as many of its batches can be on their way at once.</summary>
    private const int KeySlots = 8;

    private const int IdleLanesMax = 4_096;

    private readonly Dictionary<LaneKey, Lane<T>> _lanes = [];
    private readonly Dictionary<string, Target<T>> _targets = new(StringComparer.Ordinal);

    public Dictionary<LaneKey, Lane<T>>.ValueCollection All => _lanes.Values;

    /// <summary>Databases that pause after failures.</summary>
    public int PausedTargets => _targets.Values.Count(static target => target.Breaker.IsOpen);

    public LaneKey KeyOf(T item, string database) => setup.Order switch
    {
        ItemOrder.Global => default,
        ItemOrder.PerKey => new LaneKey(database, (KeyTuple.HashOf(setup.Map, item) & int.MaxValue) % KeySlots),
        ItemOrder.None or ItemOrder.PerDatabase => new LaneKey(database, 0),
    };

    public Lane<T> LaneOf(LaneKey key)
    {
        if (!_lanes.TryGetValue(key, out var lane))
        {
            lane = new Lane<T>(key, setup.Order == ItemOrder.None ? shared.Limiter.MaxConcurrent : 1);
            _lanes.Add(key, lane);
        }

        return lane;
    }

    /// <summary>Forgets an idle lane when there are many, so that names that never come back take no memory for ever.</summary>
    public void Retire(Lane<T> lane)
    {
        if (_lanes.Count > IdleLanesMax && lane.IsIdle && _lanes.Remove(lane.Key) && setup.Order != ItemOrder.PerKey
            && _targets.TryGetValue(lane.Key.Database ?? "", out var target) && !target.Breaker.IsOpen)
        {
            _targets.Remove(target.Name);
        }
    }

    public Target<T> TargetOf(string database)
    {
        if (!_targets.TryGetValue(database, out var target))
        {
            var breaker = new CircuitBreaker(setup.Options.Breaker.DatabaseFailuresMax, setup.Options.Breaker.Pause, shared.Time);
            target = new Target<T>(setup.Client.Database(database, setup.Options.CreateMissing), breaker, NewSender);
            _targets.Add(database, target);
        }

        return target;
    }

    private LaneSender<T> NewSender(Target<T> target) => new(target.Database,
        setup.Spool is { } spool ? BatchToken.SpoolScope(spool.Id) : BatchToken.NewScope(),
        setup.Options.Atomicity == Atomicity.PerRow, new RequestGate(shared, target.Breaker, target.Name));
}
