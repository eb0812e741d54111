using System.Text;

namespace Shoal.Items.Values;

/// <summary>One value of an item. Never changes once made.</summary>
/// <remarks>Thread: safe for any.</remarks>
public sealed class AttributeValue : IEquatable<AttributeValue>
{
    private readonly object? _value;

    private AttributeValue(AttributeType type, object? value)
    {
        Type = type;
        _value = value;
    }

    /// <summary>NULL.</summary>
    public static AttributeValue Null { get; } = new(AttributeType.NULL, value: null);

    /// <summary>BOOL true.</summary>
    public static AttributeValue True { get; } = new(AttributeType.BOOL, value: true);

    /// <summary>BOOL false.</summary>
    public static AttributeValue False { get; } = new(AttributeType.BOOL, value: false);

    /// <summary>Which of the ten types; it says which of the properties may be read.</summary>
    public AttributeType Type { get; }

    /// <summary>The text of an S.</summary>
    public string AsText => (string)_value!;

    /// <summary>The number of an N.</summary>
    public ItemNumber AsNumber => (ItemNumber)_value!;

    /// <summary>The bytes of a B; not to be changed.</summary>
    public byte[] AsBytes => (byte[])_value!;

    /// <summary>The truth of a BOOL.</summary>
    public bool AsBoolean => ReferenceEquals(this, True);

    /// <summary>The attributes of an M; not to be changed.</summary>
    public Item AsMap => (Item)_value!;

    /// <summary>The elements of an L; not to be changed.</summary>
    public IReadOnlyList<AttributeValue> AsList => (IReadOnlyList<AttributeValue>)_value!;

    /// <summary>The members of an SS.</summary>
    public IReadOnlyList<string> AsTexts => (IReadOnlyList<string>)_value!;

    /// <summary>The members of an NS.</summary>
    public IReadOnlyList<ItemNumber> AsNumbers => (IReadOnlyList<ItemNumber>)_value!;

    /// <summary>The members of a BS; not to be changed.</summary>
    public IReadOnlyList<byte[]> AsBytesList => (IReadOnlyList<byte[]>)_value!;

    /// <summary>Elements or members of a list, map or set.</summary>
    public int Count => Type switch
    {
        AttributeType.M => AsMap.Count,
        AttributeType.L => AsList.Count,
        AttributeType.SS => AsTexts.Count,
        AttributeType.NS => AsNumbers.Count,
        AttributeType.BS => AsBytesList.Count,
        AttributeType.S or AttributeType.N or AttributeType.B or AttributeType.BOOL or AttributeType.NULL => 0,
    };

    /// <summary>Whether it is one of the three set types.</summary>
    public bool IsSet => Type is AttributeType.SS or AttributeType.NS or AttributeType.BS;

    /// <summary>An S.</summary>
    public static AttributeValue Text(string value) => new(AttributeType.S, value);

    /// <summary>An N.</summary>
    public static AttributeValue Number(ItemNumber value) => new(AttributeType.N, value);

    /// <summary>An N.</summary>
    public static AttributeValue Number(long value) => new(AttributeType.N, ItemNumber.FromInteger(value));

    /// <summary>A B; the array must not be changed afterwards.</summary>
    public static AttributeValue Bytes(byte[] value) => new(AttributeType.B, value);

    /// <summary>A BOOL.</summary>
    public static AttributeValue Boolean(bool value) => value ? True : False;

    /// <summary>An M; the item must not be changed afterwards.</summary>
    public static AttributeValue Map(Item value) => new(AttributeType.M, value);

    /// <summary>An L; the list must not be changed afterwards.</summary>
    public static AttributeValue List(IReadOnlyList<AttributeValue> value) => new(AttributeType.L, value);

    /// <summary>An SS of distinct members.</summary>
    public static AttributeValue TextSet(IReadOnlyList<string> value) => new(AttributeType.SS, value);

    /// <summary>An NS of distinct members.</summary>
    public static AttributeValue NumberSet(IReadOnlyList<ItemNumber> value) => new(AttributeType.NS, value);

    /// <summary>A BS of distinct members.</summary>
    public static AttributeValue BytesSet(IReadOnlyList<byte[]> value) => new(AttributeType.BS, value);

    /// <summary>Type and contents are the same; sets without regard to order.</summary>
    public bool Equals(AttributeValue? other)
    {
        if (other is null || other.Type != Type)
        {
            return false;
        }

        return ReferenceEquals(this, other) || Type switch
        {
            AttributeType.S => AsText == other.AsText,
            AttributeType.N => AsNumber.Equals(other.AsNumber),
            AttributeType.B => AsBytes.AsSpan().SequenceEqual(other.AsBytes),
            AttributeType.BOOL => false,
            AttributeType.NULL => true,
            AttributeType.M => MapEquals(AsMap, other.AsMap),
            AttributeType.L => AsList.SequenceEqual(other.AsList),
            AttributeType.SS => AsTexts.Count == other.AsTexts.Count
                && AsTexts.ToHashSet(StringComparer.Ordinal).SetEquals(other.AsTexts),
            AttributeType.NS => AsNumbers.Count == other.AsNumbers.Count && AsNumbers.ToHashSet().SetEquals(other.AsNumbers),
            AttributeType.BS => AsBytesList.Count == other.AsBytesList.Count
                && AsBytesList.ToHashSet(BytesComparer.Instance).SetEquals(other.AsBytesList),
        };
    }

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as AttributeValue);

    /// <inheritdoc/>
    public override int GetHashCode() => Type switch
    {
        AttributeType.S => AsText.GetHashCode(StringComparison.Ordinal),
        AttributeType.N => AsNumber.GetHashCode(),
        AttributeType.B => BytesComparer.Instance.GetHashCode(AsBytes),
        _ => HashCode.Combine(Type, Count),
    };

    /// <summary>Compares two values of one type that has an order: S by UTF-8, N, B by unsigned bytes; null when there is none.</summary>
    public int? CompareTo(AttributeValue? other) => other is null || other.Type != Type ? null : Type switch
    {
        AttributeType.S => CompareUtf8(AsText, other.AsText),
        AttributeType.N => AsNumber.CompareTo(other.AsNumber),
        AttributeType.B => AsBytes.AsSpan().SequenceCompareTo(other.AsBytes),
        _ => null,
    };

    /// <summary>For messages and debugging.</summary>
    public override string ToString() => Type switch
    {
        AttributeType.S => AsText,
        AttributeType.N => AsNumber.ToString(),
        AttributeType.B => Convert.ToBase64String(AsBytes),
        AttributeType.BOOL => AsBoolean ? "true" : "false",
        AttributeType.NULL => "true",
        AttributeType.M => "{" + string.Join(", ", AsMap.Select(pair => $"{pair.Key}={Describe(pair.Value)}")) + "}",
        AttributeType.L => "[" + string.Join(", ", AsList.Select(Describe)) + "]",
        AttributeType.SS => "[" + string.Join(", ", AsTexts) + "]",
        AttributeType.NS => "[" + string.Join(", ", AsNumbers) + "]",
        AttributeType.BS => "[" + string.Join(", ", AsBytesList.Select(Convert.ToBase64String)) + "]",
    };

    /// <summary>Compares text by its UTF-8 bytes, which is by code points.</summary>
    internal static int CompareUtf8(string first, string second)
    {
        var common = first.AsSpan().CommonPrefixLength(second);
        if (common == first.Length || common == second.Length)
        {
            return first.Length.CompareTo(second.Length);
        }

        char a = first[common], b = second[common];

        // Surrogates stand for code points above all others.
        var aHigh = char.IsSurrogate(a);
        return aHigh == char.IsSurrogate(b) ? a.CompareTo(b) : aHigh ? 1 : -1;
    }

    /// <summary>Length of a text. Units: bytes of UTF-8.</summary>
    internal static int Utf8Length(string text) => Encoding.UTF8.GetByteCount(text);

    private static string Describe(AttributeValue value) => "{" + value.Type + ":" + value + "}";

    private static bool MapEquals(Item first, Item second)
    {
        if (first.Count != second.Count)
        {
            return false;
        }

        foreach (var (name, value) in first)
        {
            if (!second.TryGetValue(name, out var other) || !value.Equals(other))
            {
                return false;
            }
        }

        return true;
    }
}
