using System.Globalization;

namespace Shoal.Items.Types;

/// <summary>The id of an entry of a stream: a time and a number, written <c>1763690000123-0</c>.</summary>
/// <param name="Milliseconds">Milliseconds of Unix time.</param>
/// <param name="Sequence">Tells entries of one millisecond apart, from 0.</param>
public readonly record struct StreamId(long Milliseconds, long Sequence) : IComparable<StreamId>
{
    /// <summary>Before all others.</summary>
    public static StreamId First => default;

    /// <summary>After all others.</summary>
    public static StreamId Last => new(long.MaxValue, long.MaxValue);

    /// <summary>Reads an id; the number may be left out and is 0 then.</summary>
    /// <exception cref="ItemException">It is none.</exception>
    public static StreamId Parse(string text)
    {
        var dash = text.IndexOf('-', StringComparison.Ordinal);
        var sequence = 0L;
        return long.TryParse(dash < 0 ? text : text[..dash], NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds)
            && (dash < 0 || long.TryParse(text[(dash + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out sequence))
            ? new StreamId(milliseconds, sequence)
            : throw ItemException.Validation($"\"{text}\" is no id of a stream's entry, such as 1763690000123-0");
    }

    /// <inheritdoc/>
    public int CompareTo(StreamId other) =>
        Milliseconds != other.Milliseconds ? Milliseconds.CompareTo(other.Milliseconds) : Sequence.CompareTo(other.Sequence);

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Milliseconds}-{Sequence}");

    /// <summary>Before.</summary>
    public static bool operator <(StreamId left, StreamId right) => left.CompareTo(right) < 0;

    /// <summary>Before or the same.</summary>
    public static bool operator <=(StreamId left, StreamId right) => left.CompareTo(right) <= 0;

    /// <summary>After.</summary>
    public static bool operator >(StreamId left, StreamId right) => left.CompareTo(right) > 0;

    /// <summary>After or the same.</summary>
    public static bool operator >=(StreamId left, StreamId right) => left.CompareTo(right) >= 0;

    internal byte[] Encode() => ElementKey.Integers(Milliseconds, Sequence);

    internal static StreamId Decode(ReadOnlySpan<byte> bytes) => new(ElementKey.ToInteger(bytes), ElementKey.ToInteger(bytes[8..]));
}
