using Shoal.Items.Values;

namespace Shoal.Items.Types;

/// <summary>A stretch of time that is being read.</summary>
/// <param name="Start">Units: milliseconds of Unix time.</param>
/// <param name="Count">Points so far.</param>
/// <param name="Value">Their sum, least, greatest, oldest or newest.</param>
internal readonly record struct AggregateState(long Start, long Count, ItemNumber Value)
{
    public AggregateState With(ItemNumber value, Aggregation kind, string key) => new(Start, Count + 1, kind switch
    {
        Aggregation.Average or Aggregation.Sum => Numbers.Add(Value, value, $"a sum of the key \"{key}\""),
        Aggregation.Min => value < Value ? value : Value,
        Aggregation.Max => value > Value ? value : Value,
        Aggregation.Count or Aggregation.First => Value,
        Aggregation.Last => value,
    });

    public ItemNumber Result(Aggregation kind) => kind switch
    {
        Aggregation.Average => Numbers.Divide(Value, Count),
        Aggregation.Count => ItemNumber.FromInteger(Count),
        _ => Value,
    };
}
