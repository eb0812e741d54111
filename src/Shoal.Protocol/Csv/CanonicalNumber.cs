using System.Buffers.Text;
using System.Globalization;

namespace Shoal.Protocol.Csv;

/// <summary>Tells numbers from text that only looks like one: the shortest text of the number must be the text itself.</summary>
/// <remarks>
/// So <c>42</c> and <c>0.5</c> are numbers; <c>007</c>, <c>1.50</c> and <c>+1</c> are not, because something would be lost.
/// Cost: for up to 15 digits one pass and at most one division. A decimal of so few digits is the shortest text of its
/// double, because no two of them share one; and a mantissa below 2^53 divided by a power of ten up to 10^22 is the nearest
/// double, because both are exact. Source: W. D. Clinger, "How to read floating point numbers accurately", 1990.
/// </remarks>
public static class CanonicalNumber
{
    private const int TextBytesMax = 24;
    private const int IntegerDigitsMax = 18;
    private const int RealDigitsMax = 15;

    /// <summary>From the fifth place behind the point on, the shortest text of a small number has an exponent.</summary>
    private const int LeadingZerosMax = 3;

    private static readonly double[] PowersOfTen =
        [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18];

    /// <summary>Reads a number from UTF-8 text that is its canonical form.</summary>
    public static NumberKind Read(ReadOnlySpan<byte> text, out long integer, out double real)
    {
        integer = 0;
        real = 0;
        var position = text.Length > 0 && text[0] == (byte)'-' ? 1 : 0;
        if (position == text.Length || text.Length > TextBytesMax || !IsDigit(text[position]))
        {
            return NumberKind.None;
        }

        var start = position;
        var mantissa = 0L;
        while (position < text.Length && IsDigit(text[position]))
        {
            if (position - start == IntegerDigitsMax)
            {
                return ReadLong(text, out integer, out real);
            }

            mantissa = (mantissa * 10) + (text[position++] - '0');
        }

        if (text[start] == (byte)'0' && position - start > 1)
        {
            return NumberKind.None;
        }

        var isNegative = start == 1;
        if (position == text.Length)
        {
            integer = isNegative ? -mantissa : mantissa;
            return isNegative && mantissa == 0 ? NumberKind.None : NumberKind.Integer;
        }

        return text[position] == (byte)'.'
            ? ReadFraction(text, position + 1, mantissa, position - start, isNegative, out integer, out real)
            : ReadLong(text, out integer, out real);
    }

    private static NumberKind ReadFraction(ReadOnlySpan<byte> text, int start, long mantissa, int digitsBefore,
        bool isNegative, out long integer, out double real)
    {
        integer = 0;
        real = 0;
        var digits = mantissa == 0 ? 0 : digitsBefore;
        var position = start;
        while (position < text.Length && IsDigit(text[position]))
        {
            mantissa = (mantissa * 10) + (text[position++] - '0');
            digits += mantissa == 0 ? 0 : 1;
            if (digits > RealDigitsMax)
            {
                return ReadLong(text, out integer, out real);
            }
        }

        if (position < text.Length || position - start - digits > LeadingZerosMax)
        {
            return ReadLong(text, out integer, out real);
        }

        if (position == start || text[^1] == (byte)'0')
        {
            return NumberKind.None;
        }

        real = mantissa / PowersOfTen[position - start];
        real = isNegative ? -real : real;
        return NumberKind.Real;
    }

    /// <summary>Many digits or an exponent: read it, write it, compare.</summary>
    private static NumberKind ReadLong(ReadOnlySpan<byte> text, out long integer, out double real)
    {
        Span<byte> canonical = stackalloc byte[32];
        real = 0;
        if (Utf8Parser.TryParse(text, out integer, out var used) && used == text.Length)
        {
            return Utf8Formatter.TryFormat(integer, canonical, out var length) && text.SequenceEqual(canonical[..length])
                ? NumberKind.Integer
                : NumberKind.None;
        }

        return Utf8Parser.TryParse(text, out real, out used) && used == text.Length
            && real.TryFormat(canonical, out var written, "R", CultureInfo.InvariantCulture)
            && text.SequenceEqual(canonical[..written])
            ? NumberKind.Real
            : NumberKind.None;
    }

    private static bool IsDigit(byte value) => (uint)(value - '0') <= 9;
}
