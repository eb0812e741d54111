using System.Globalization;
using System.Numerics;
using System.Text;

namespace Shoal.Items.Values;

/// <summary>An exact decimal number of up to 38 significant digits, from 1E-130 to 9.99…E+125 in magnitude.</summary>
/// <remarks>
/// Shape: coefficient × 10^exponent; the coefficient does not end in a zero digit, zero has exponent 0. So equal numbers have
/// equal fields. Source: DynamoDB's data type "Number". Thread: safe for any.
/// </remarks>
public readonly struct ItemNumber : IEquatable<ItemNumber>, IComparable<ItemNumber>
{
    /// <summary>Significant digits.</summary>
    public const int DigitsMax = 38;

    private const int MagnitudeMax = 125;
    private const int MagnitudeMin = -130;

    private readonly UInt128 _coefficient;
    private readonly short _exponent;
    private readonly bool _negative;

    private ItemNumber(bool negative, UInt128 coefficient, int exponent)
    {
        _negative = negative;
        _coefficient = coefficient;
        _exponent = (short)exponent;
    }

    /// <summary>0.</summary>
    public static ItemNumber Zero => default;

    /// <summary>Whether it is 0.</summary>
    public bool IsZero => _coefficient == UInt128.Zero;

    /// <summary>Whether it is less than 0.</summary>
    public bool IsNegative => _negative;

    /// <summary>Significant digits; 1 for zero.</summary>
    public int DigitCount => CountDigits(_coefficient);

    /// <summary>The power of ten of the first digit; 0 for zero.</summary>
    public int Magnitude => IsZero ? 0 : _exponent + DigitCount - 1;

    /// <summary>The number of an integer.</summary>
    public static ItemNumber FromInteger(long value)
    {
        var magnitude = value < 0 ? (UInt128)(-(Int128)value) : (UInt128)value;
        var exponent = 0;
        while (magnitude != UInt128.Zero && magnitude % 10 == UInt128.Zero)
        {
            magnitude /= 10;
            exponent++;
        }

        return new ItemNumber(value < 0, magnitude, exponent);
    }

    /// <summary>Reads digits with an optional sign, point and exponent. Cost: linear in the length.</summary>
    public static NumberStatus TryParse(ReadOnlySpan<char> text, out ItemNumber number)
    {
        number = default;
        var at = 0;
        var negative = false;
        if (at < text.Length && text[at] is '-' or '+')
        {
            negative = text[at] == '-';
            at++;
        }

        UInt128 coefficient = UInt128.Zero;
        var digits = 0;
        var zeros = 0;
        long exponent = 0;
        var any = false;
        var afterPoint = false;
        var tooPrecise = false;
        for (; at < text.Length; at++)
        {
            var character = text[at];
            if (character == '.' && !afterPoint)
            {
                afterPoint = true;
                continue;
            }

            if (!char.IsAsciiDigit(character))
            {
                break;
            }

            any = true;
            exponent -= afterPoint ? 1 : 0;
            if (character == '0')
            {
                // Trailing zeros become part of the exponent, unless another digit follows.
                zeros += digits > 0 ? 1 : 0;
                continue;
            }

            if (digits + zeros + 1 > DigitsMax)
            {
                tooPrecise = true;
                digits += zeros + 1;
                zeros = 0;
                continue;
            }

            for (; zeros > 0; zeros--)
            {
                coefficient *= 10;
                digits++;
            }

            coefficient = (coefficient * 10) + (UInt128)(character - '0');
            digits++;
        }

        if (!any || !TryParseExponent(text[at..], out var power))
        {
            return NumberStatus.NotANumber;
        }

        if (digits == 0)
        {
            return NumberStatus.Ok;
        }

        exponent += zeros + power;
        var magnitude = exponent + digits - 1;
        var status = magnitude > MagnitudeMax ? NumberStatus.Overflow
            : magnitude < MagnitudeMin ? NumberStatus.Underflow
            : tooPrecise ? NumberStatus.TooPrecise : NumberStatus.Ok;
        if (status == NumberStatus.Ok)
        {
            number = new ItemNumber(negative, coefficient, (int)exponent);
        }

        return status;
    }

    /// <summary>Reads a number.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static ItemNumber Parse(string text) => TryParse(text, out var number) == NumberStatus.Ok ? number
        : throw new FormatException($"\"{text}\" is not a number of up to 38 digits");

    /// <summary>Adds exactly.</summary>
    public static NumberStatus TryAdd(ItemNumber first, ItemNumber second, out ItemNumber sum)
    {
        var exponent = Math.Min(first._exponent, second._exponent);
        return TryCreate(first.ScaledTo(exponent) + second.ScaledTo(exponent), exponent, out sum);
    }

    /// <summary>Subtracts exactly.</summary>
    public static NumberStatus TrySubtract(ItemNumber first, ItemNumber second, out ItemNumber difference) =>
        TryAdd(first, second.Negated(), out difference);

    /// <summary>The number with the other sign.</summary>
    public ItemNumber Negated() => IsZero ? this : new ItemNumber(!_negative, _coefficient, _exponent);

    /// <summary>As a long; null when it is no integer or too large.</summary>
    public long? ToInteger()
    {
        if (IsZero)
        {
            return 0;
        }

        if (_exponent < 0 || Magnitude > 18)
        {
            return null;
        }

        var value = ScaledTo(0);
        return value >= long.MinValue && value <= long.MaxValue ? (long)value : null;
    }

    /// <inheritdoc/>
    public int CompareTo(ItemNumber other)
    {
        if (IsZero || other.IsZero || _negative != other._negative)
        {
            return Sign().CompareTo(other.Sign());
        }

        var order = Magnitude.CompareTo(other.Magnitude);
        if (order == 0)
        {
            // The same first digit's place: the coefficients compare once they are equally long.
            var (a, b) = (DigitCount, other.DigitCount);
            order = (_coefficient * PowerOfTen(Math.Max(b - a, 0))).CompareTo(other._coefficient * PowerOfTen(Math.Max(a - b, 0)));
        }

        return _negative ? -order : order;
    }

    /// <inheritdoc/>
    public bool Equals(ItemNumber other) =>
        _negative == other._negative && _exponent == other._exponent && _coefficient == other._coefficient;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is ItemNumber other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_coefficient, _exponent, _negative);

    /// <summary>Digits without exponent, as DynamoDB returns numbers: 1E3 is <c>1000</c>, 1E-3 is <c>0.001</c>.</summary>
    public override string ToString()
    {
        var digits = _coefficient.ToString(CultureInfo.InvariantCulture);
        if (_exponent == 0)
        {
            return _negative ? "-" + digits : digits;
        }

        var text = new StringBuilder(digits.Length + Math.Abs(_exponent) + 3);
        if (_negative)
        {
            text.Append('-');
        }

        var beforePoint = digits.Length + _exponent;
        return _exponent > 0 ? text.Append(digits).Append('0', _exponent).ToString()
            : beforePoint > 0 ? text.Append(digits.AsSpan(0, beforePoint)).Append('.').Append(digits.AsSpan(beforePoint)).ToString()
            : text.Append("0.").Append('0', -beforePoint).Append(digits).ToString();
    }

    /// <summary>The significant digits, from the first.</summary>
    internal string Digits() => _coefficient.ToString(CultureInfo.InvariantCulture);

    /// <summary>Makes a number of digits and the place of the first; used by decoders.</summary>
    internal static ItemNumber FromDigits(bool negative, ReadOnlySpan<char> digits, int magnitude)
    {
        var length = digits.TrimEnd('0').Length;
        return length == 0 ? default
            : new ItemNumber(negative, UInt128.Parse(digits[..length], CultureInfo.InvariantCulture), magnitude - length + 1);
    }

    /// <summary>Equal.</summary>
    public static bool operator ==(ItemNumber left, ItemNumber right) => left.Equals(right);

    /// <summary>Not equal.</summary>
    public static bool operator !=(ItemNumber left, ItemNumber right) => !left.Equals(right);

    /// <summary>Less.</summary>
    public static bool operator <(ItemNumber left, ItemNumber right) => left.CompareTo(right) < 0;

    /// <summary>Less or equal.</summary>
    public static bool operator <=(ItemNumber left, ItemNumber right) => left.CompareTo(right) <= 0;

    /// <summary>Greater.</summary>
    public static bool operator >(ItemNumber left, ItemNumber right) => left.CompareTo(right) > 0;

    /// <summary>Greater or equal.</summary>
    public static bool operator >=(ItemNumber left, ItemNumber right) => left.CompareTo(right) >= 0;

    private static bool TryParseExponent(ReadOnlySpan<char> text, out int power)
    {
        power = 0;
        if (text.IsEmpty)
        {
            return true;
        }

        if (text[0] is not ('e' or 'E'))
        {
            return false;
        }

        var at = 1;
        var negative = false;
        if (at < text.Length && text[at] is '-' or '+')
        {
            negative = text[at] == '-';
            at++;
        }

        if (at == text.Length)
        {
            return false;
        }

        for (; at < text.Length; at++)
        {
            if (!char.IsAsciiDigit(text[at]))
            {
                return false;
            }

            // Far beyond every limit is enough.
            power = Math.Min((power * 10) + (text[at] - '0'), 100_000_000);
        }

        power = negative ? -power : power;
        return true;
    }

    private static NumberStatus TryCreate(BigInteger value, int exponent, out ItemNumber number)
    {
        number = default;
        if (value.IsZero)
        {
            return NumberStatus.Ok;
        }

        var digits = BigInteger.Abs(value).ToString(CultureInfo.InvariantCulture).AsSpan();
        var magnitude = exponent + digits.Length - 1;
        var significant = digits.TrimEnd('0').Length;
        if (magnitude > MagnitudeMax)
        {
            return NumberStatus.Overflow;
        }

        if (magnitude < MagnitudeMin)
        {
            return NumberStatus.Underflow;
        }

        if (significant > DigitsMax)
        {
            return NumberStatus.TooPrecise;
        }

        number = FromDigits(value.Sign < 0, digits, magnitude);
        return NumberStatus.Ok;
    }

    private static UInt128 PowerOfTen(int power)
    {
        var result = UInt128.One;
        for (; power > 0; power--)
        {
            result *= 10;
        }

        return result;
    }

    private static int CountDigits(UInt128 value)
    {
        var count = 1;
        var rest = value;
        while (rest >= 10_000_000_000)
        {
            rest /= 10_000_000_000;
            count += 10;
        }

        for (; rest >= 10; rest /= 10)
        {
            count++;
        }

        return count;
    }

    private int Sign() => IsZero ? 0 : _negative ? -1 : 1;

    private BigInteger ScaledTo(int exponent)
    {
        var value = (BigInteger)_coefficient * BigInteger.Pow(10, _exponent - exponent);
        return _negative ? -value : value;
    }
}
