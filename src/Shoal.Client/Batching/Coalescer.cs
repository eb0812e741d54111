using Shoal.Client.Bulk;

namespace Shoal.Client.Batching;

/// <summary>Makes one item of those with the same key, and remembers which items stand behind it.</summary>
internal sealed class Coalescer<T>(TableMap<T> map, Func<T, string> databaseOf, BatchWriterOptions<T> options)
{
    private readonly Dictionary<KeyTuple, int> _slots = [];
    private readonly List<(T Item, int Index)> _winners = [];
    private readonly List<int> _slotOf = [];

    /// <summary>The items to write, each with the index of the last input that went into it; in the order of their last input.</summary>
    public IEnumerable<(T Item, int Index)> Winners => _winners.OrderBy(static winner => winner.Index);

    /// <summary>Adds the next input.</summary>
    public void Add(T item)
    {
        var index = _slotOf.Count;
        var key = new KeyTuple(databaseOf(item), map.KeyOf(item));
        if (_slots.TryGetValue(key, out var slot))
        {
            var before = _winners[slot].Item;
            _winners[slot] = (Joined(before, item), index);
        }
        else
        {
            slot = _winners.Count;
            _slots.Add(key, slot);
            _winners.Add((item, index));
        }

        _slotOf.Add(slot);
    }

    /// <summary>Results of all inputs from those of the winners.</summary>
    /// <param name="results">One per input; those of winners are there.</param>
    /// <returns>How many were superseded.</returns>
    public int Spread(ArraySegment<ItemResult> results)
    {
        var superseded = 0;
        for (var index = 0; index < _slotOf.Count; index++)
        {
            var winner = _winners[_slotOf[index]].Index;
            if (winner != index)
            {
                var fate = results[winner];
                superseded += fate.Status == ItemStatus.Applied ? 1 : 0;
                results[index] = fate with
                {
                    Index = index,
                    Status = fate.Status == ItemStatus.Applied ? ItemStatus.Superseded : fate.Status,
                };
            }
        }

        return superseded;
    }

    private T Joined(T before, T after)
    {
        var deletes = options.IsDelete;
        return options.Coalescing == Coalescing.Merge && deletes?.Invoke(after) != true && deletes?.Invoke(before) != true
            ? options.Merge!(before, after) : after;
    }
}
