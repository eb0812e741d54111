using Shoal.Items.Values;

namespace Shoal.Items.Types;

/// <summary>Operations on numbers at times, to the millisecond.</summary>
public static class TimeSeries
{
    /// <summary>Adds a point.</summary>
    /// <returns>How many are new: 1 or 0.</returns>
    public static ValueWrite<long> Add(string key, DateTimeOffset at, ItemNumber value, DuplicateRule duplicates = DuplicateRule.Last) =>
        Add(key, [new TimePoint(at, value)], duplicates);

    /// <summary>Adds points, in any order of their times.</summary>
    /// <param name="key">The key.</param>
    /// <param name="points">The points.</param>
    /// <param name="duplicates">What happens when a time has a number already.</param>
    /// <returns>How many are new.</returns>
    /// <exception cref="ItemException">When it is run: a time has a number, and the rule refuses that.</exception>
    public static ValueWrite<long> Add(string key, IReadOnlyList<TimePoint> points, DuplicateRule duplicates = DuplicateRule.Last)
    {
        KeyRules.CheckCount(points.Count);
        TimePoint[] copy = [.. points];
        return new(key, transaction =>
        {
            var head = transaction.Open(key, ValueKind.TimeSeries);
            var before = head.Count;
            foreach (var point in copy)
            {
                var element = ElementKey.Integer(point.At.ToUnixTimeMilliseconds());
                var old = transaction.FindElement(head, element)?[ValueTransaction.Value].AsNumber;
                var value = old is null ? point.Value : Resolve(key, point, old.Value, duplicates);
                if (value != old)
                {
                    transaction.PutElement(head, element, (ValueTransaction.Value, AttributeValue.Number(value)));
                    head.Count += old is null ? 1 : 0;
                }
            }

            if (head.Count > before)
            {
                transaction.Save(head);
            }

            return head.Count - before;
        });
    }

    /// <summary>Points from a time to another, both included.</summary>
    /// <param name="key">The key.</param>
    /// <param name="from">The first; null for the oldest.</param>
    /// <param name="to">The last; null for the newest.</param>
    /// <param name="limit">Points at most.</param>
    /// <param name="backward">The newest first.</param>
    public static ValueRead<IReadOnlyList<TimePoint>> Range(string key, DateTimeOffset? from = null, DateTimeOffset? to = null,
        int limit = ValueLimits.ElementsMax, bool backward = false)
    {
        KeyRules.CheckCount(limit);
        return new(key, transaction => transaction.Find(key, ValueKind.TimeSeries) is { } head
            ? [.. transaction.Elements(head, From(from), To(to), backward: backward).Take(limit).Select(PointOf)] : []);
    }

    /// <summary>The newest point; null when there is none.</summary>
    public static ValueRead<TimePoint?> Latest(string key) => new(key, transaction =>
        transaction.Find(key, ValueKind.TimeSeries) is { } head
        && transaction.Elements(head, backward: true).FirstOrDefault() is { } item ? PointOf(item) : null);

    /// <summary>Number of points.</summary>
    public static ValueRead<long> Count(string key) => new(key, transaction => transaction.Find(key, ValueKind.TimeSeries)?.Count ?? 0);

    /// <summary>One number for each stretch of time that has points. Cost: by the points.</summary>
    /// <param name="key">The key.</param>
    /// <param name="stretch">Length of a stretch; they start at multiples of it since 1970.</param>
    /// <param name="kind">What the numbers of a stretch become.</param>
    /// <param name="from">The first time; null for the oldest.</param>
    /// <param name="to">The last time, included; null for the newest.</param>
    /// <returns>Starts of stretches with their numbers, the oldest first.</returns>
    /// <exception cref="ItemException">When it is run: there are more than 10,000 stretches, or a sum has more than 38 digits.</exception>
    public static ValueRead<IReadOnlyList<TimePoint>> Aggregate(string key, TimeSpan stretch, Aggregation kind,
        DateTimeOffset? from = null,
        DateTimeOffset? to = null)
    {
        var length = (long)stretch.TotalMilliseconds;
        if (length < 1)
        {
            throw ItemException.Validation($"a stretch is at least a millisecond long, not {stretch}");
        }

        return new(key, transaction =>
        {
            var points = new List<TimePoint>();
            var open = default(AggregateState);
            if (transaction.Find(key, ValueKind.TimeSeries) is { } head)
            {
                foreach (var point in transaction.Elements(head, From(from), To(to)).Select(PointOf))
                {
                    var milliseconds = point.At.ToUnixTimeMilliseconds();
                    var start = milliseconds - (((milliseconds % length) + length) % length);
                    if (open.Count > 0 && open.Start != start)
                    {
                        Close(open);
                    }

                    open = open.Count > 0 && open.Start == start ? open.With(point.Value, kind, key)
                        : new AggregateState(start, 1, point.Value);
                }
            }

            if (open.Count > 0)
            {
                Close(open);
            }

            return points;

            void Close(AggregateState state)
            {
                if (points.Count == ValueLimits.ElementsMax)
                {
                    throw new ItemException(ItemErrorKind.Validation,
                        $"there are more than {ValueLimits.ElementsMax} stretches", "Ask for a shorter time, or longer stretches.");
                }

                points.Add(new TimePoint(DateTimeOffset.FromUnixTimeMilliseconds(state.Start), state.Result(kind)));
            }
        });
    }

    /// <summary>Removes points from a time to another, both included, the oldest first.</summary>
    /// <param name="key">The key.</param>
    /// <param name="from">The first; null for the oldest.</param>
    /// <param name="to">The last; null for the newest.</param>
    /// <param name="limit">Points at most.</param>
    /// <returns>How many were removed.</returns>
    public static ValueWrite<long> Remove(string key, DateTimeOffset? from, DateTimeOffset? to, int limit = ValueLimits.ElementsMax)
    {
        KeyRules.CheckCount(limit);
        return new(key, transaction =>
        {
            if (transaction.Find(key, ValueKind.TimeSeries) is not { } head)
            {
                return 0;
            }

            var found = transaction.Elements(head, From(from), To(to)).Take(limit).ToList();
            foreach (var item in found)
            {
                transaction.DeleteElement(head, item[ValueTransaction.Sort].AsBytes);
                head.Count--;
            }

            transaction.Save(head);
            return found.Count;
        });
    }

    private static byte[]? From(DateTimeOffset? from) => from is { } at ? ElementKey.Integer(at.ToUnixTimeMilliseconds()) : null;

    private static byte[]? To(DateTimeOffset? to) => to is { } at ? ElementKey.Integer(at.ToUnixTimeMilliseconds() + 1) : null;

    private static TimePoint PointOf(Item item) => new(
        DateTimeOffset.FromUnixTimeMilliseconds(ElementKey.ToInteger(item[ValueTransaction.Sort].AsBytes)),
        item[ValueTransaction.Value].AsNumber);

    private static ItemNumber Resolve(string key, TimePoint point, ItemNumber old, DuplicateRule duplicates) => duplicates switch
    {
        DuplicateRule.Last => point.Value,
        DuplicateRule.First => old,
        DuplicateRule.Min => point.Value < old ? point.Value : old,
        DuplicateRule.Max => point.Value > old ? point.Value : old,
        DuplicateRule.Sum => Numbers.Add(old, point.Value, $"the key \"{key}\" at {point.At:O}"),
        DuplicateRule.Refuse => throw new ItemException(ItemErrorKind.Validation,
            $"the key \"{key}\" has a number at {point.At:O} already", "Name another rule for duplicates to accept it."),
    };
}
