using System.Globalization;
using System.Numerics;
using Shoal.Items.Tables;
using Shoal.Items.Values;

namespace Shoal.Items.Types;

/// <summary>Arithmetic of the typed values; never in binary floating point.</summary>
internal static class Numbers
{
    /// <summary>A value plus a number, exactly; nothing counts as 0, and a text that is a number as that.</summary>
    /// <exception cref="ItemException">It is no number, or the sum is too large or precise.</exception>
    public static ItemNumber Add(AttributeValue? value, ItemNumber by, string what)
    {
        var number = value switch
        {
            null => ItemNumber.Zero,
            { Type: AttributeType.N } => value.AsNumber,
            { Type: AttributeType.S } when ItemNumber.TryParse(value.AsText, out var parsed) == NumberStatus.Ok => parsed,
            _ => throw ItemException.Validation($"{what} holds no number"),
        };
        return Add(number, by, what);
    }

    public static ItemNumber Add(ItemNumber first, ItemNumber second, string what)
    {
        var status = ItemNumber.TryAdd(first, second, out var sum);
        return status == NumberStatus.Ok ? sum
            : throw ItemException.Validation($"{what}: {ItemRules.DescribeNumber(status, "")}");
    }

    /// <summary>A quotient, cut to 38 digits.</summary>
    public static ItemNumber Divide(ItemNumber dividend, long divisor)
    {
        if (dividend.IsZero)
        {
            return dividend;
        }

        // 40 digits more than the dividend has are enough for 38 of the quotient, whatever the divisor's 19 take.
        const int MoreDigits = 60;
        var digits = dividend.Digits();
        var scaled = BigInteger.Parse(digits, CultureInfo.InvariantCulture) * BigInteger.Pow(10, MoreDigits) / divisor;
        var text = scaled.ToString(CultureInfo.InvariantCulture);
        var magnitude = dividend.Magnitude - (digits.Length - 1) - MoreDigits + (text.Length - 1);
        return magnitude < -130 ? ItemNumber.Zero
            : ItemNumber.FromDigits(dividend.IsNegative, text.AsSpan(0, Math.Min(text.Length, ItemNumber.DigitsMax)), magnitude);
    }

    /// <summary>The exact decimal number that a finite floating-point number prints as; what is too small is 0.</summary>
    public static ItemNumber Of(double value) =>
        ItemNumber.TryParse(value.ToString("R", CultureInfo.InvariantCulture), out var number) == NumberStatus.Underflow
            ? ItemNumber.Zero : number;

    public static double ToDouble(ItemNumber number) => double.Parse(number.ToString(), CultureInfo.InvariantCulture);
}
