using Shoal.Items.Values;

namespace Shoal.Items.Expressions;

/// <summary>How values compare. What is absent equals nothing, and values of different types have no order.</summary>
internal static class Comparison
{
    public static bool AreEqual(AttributeValue? first, AttributeValue? second) => first is not null && first.Equals(second);

    public static bool Holds(string comparator, AttributeValue? first, AttributeValue? second) => comparator switch
    {
        "=" => AreEqual(first, second),
        "<>" => !AreEqual(first, second),
        "<" => first?.CompareTo(second) < 0,
        "<=" => first?.CompareTo(second) <= 0,
        ">" => first?.CompareTo(second) > 0,
        _ => first?.CompareTo(second) >= 0,
    };

    public static bool IsBetween(AttributeValue? value, AttributeValue? low, AttributeValue? high) =>
        value?.CompareTo(low) >= 0 && value.CompareTo(high) <= 0;

    public static bool BeginsWith(AttributeValue? value, AttributeValue? prefix) =>
        value is not null && value.Type == prefix?.Type && value.Type switch
        {
            AttributeType.S => value.AsText.StartsWith(prefix.AsText, StringComparison.Ordinal),
            AttributeType.B => value.AsBytes.AsSpan().StartsWith(prefix.AsBytes),
            _ => false,
        };

    /// <summary>Whether a text or bytes hold a part, or a set or list a member.</summary>
    public static bool Contains(AttributeValue? value, AttributeValue? part) =>
        value is not null && part is not null && (value.Type, part.Type) switch
        {
            (AttributeType.S, AttributeType.S) => value.AsText.Contains(part.AsText, StringComparison.Ordinal),
            (AttributeType.B, AttributeType.B) => value.AsBytes.AsSpan().IndexOf(part.AsBytes) >= 0,
            (AttributeType.SS, AttributeType.S) => value.AsTexts.Contains(part.AsText, StringComparer.Ordinal),
            (AttributeType.NS, AttributeType.N) => value.AsNumbers.Contains(part.AsNumber),
            (AttributeType.BS, AttributeType.B) => value.AsBytesList.Contains(part.AsBytes, BytesComparer.Instance),
            (AttributeType.L, _) => value.AsList.Contains(part),
            _ => false,
        };
}
