using Shoal.Items.Values;

namespace Shoal.Items.Types;

/// <summary>What is known of a key without its elements; an item of the partition <c>keys</c>.</summary>
/// <remarks>Thread: of one transaction. Format: <c>docs/reference/item-types.md</c>.</remarks>
internal sealed class KeyHead
{
    public required string Key { get; init; }

    public required ValueKind Kind { get; init; }

    /// <summary>The number that its elements are stored under; 0 until the first element.</summary>
    public long Generation { get; set; }

    /// <summary>Elements; 0 for values without.</summary>
    public long Count { get; set; }

    /// <summary>When the key ends; null for never. Units: milliseconds of Unix time.</summary>
    public long? ExpiresAt { get; set; }

    /// <summary>What of <see cref="ExpiresAt"/> is stored.</summary>
    public long? StoredExpiresAt { get; init; }

    /// <summary>The value of strings and JSON documents.</summary>
    public AttributeValue? Value { get; set; }

    /// <summary>Lists: the position of the first element. Streams: the time of the last id.</summary>
    public long First { get; set; }

    /// <summary>Streams: the sequence of the last id.</summary>
    public long Second { get; set; }

    /// <summary>Whether the key is stored.</summary>
    public bool IsStored { get; init; }

    /// <summary>Whether nothing is left of the value. A stream stays, because of its last id.</summary>
    public bool IsEmpty => Kind is not (ValueKind.String or ValueKind.Json or ValueKind.Stream) && Count == 0;

    /// <summary>How often a single element is stored.</summary>
    public int RowsPerElement => Kind is ValueKind.SortedSet or ValueKind.Geo ? 2 : 1;

    public static KeyHead Of(string key, Item item) => new()
    {
        Key = key,
        IsStored = true,
        Kind = (ValueKind)Integer(item, "t").GetValueOrDefault(),
        Generation = Integer(item, "g") ?? 0,
        Count = Integer(item, "n") ?? 0,
        ExpiresAt = Integer(item, "x"),
        StoredExpiresAt = Integer(item, "x"),
        Value = item.GetValueOrDefault("v"),
        First = Integer(item, "a") ?? 0,
        Second = Integer(item, "b") ?? 0,
    };

    public void AddTo(Item item)
    {
        item["t"] = AttributeValue.Number((int)Kind);
        Add("g", Generation);
        Add("n", Count);
        Add("a", First);
        Add("b", Second);
        if (ExpiresAt is { } at)
        {
            item["x"] = AttributeValue.Number(at);
        }

        if (Value is { } value)
        {
            item["v"] = value;
        }

        void Add(string name, long number)
        {
            if (number != 0)
            {
                item[name] = AttributeValue.Number(number);
            }
        }
    }

    private static long? Integer(Item item, string name) =>
        item.TryGetValue(name, out var value) && value.Type == AttributeType.N ? value.AsNumber.ToInteger() : null;
}
