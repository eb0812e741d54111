using System.Buffers.Text;
using System.Diagnostics;

namespace Shoal.Server.D1;

/// <summary>A double as JavaScript prints it. D1's replies pass through JavaScript, so this is their exact text.</summary>
/// <remarks>Source: ECMA-262, Number::toString with radix 10.</remarks>
internal static class JavaScriptNumber
{
    /// <summary>Longest text: sign, 17 digits, point, <c>e-324</c>, or 21 digits.</summary>
    public const int BytesMax = 32;

    /// <summary>Writes a finite double and returns the number of bytes.</summary>
    public static int Format(double value, Span<byte> output)
    {
        if (value == 0)
        {
            output[0] = (byte)'0';
            return 1;
        }

        Span<byte> text = stackalloc byte[BytesMax];
        Span<byte> digits = stackalloc byte[BytesMax];
        Utf8Formatter.TryFormat(value, text, out var length);
        ReadOnlySpan<byte> shortest = text[..length];
        var position = 0;
        if (shortest[0] == (byte)'-')
        {
            output[position++] = (byte)'-';
            shortest = shortest[1..];
        }

        var count = Split(shortest, digits, out var point);
        return position + Lay(digits[..count], point, output[position..]);
    }

    /// <summary>Takes a number apart: its significant digits, and how many of them stand before the point.</summary>
    private static int Split(ReadOnlySpan<byte> text, Span<byte> digits, out int point)
    {
        var count = 0;
        var exponent = 0;
        var beforePoint = 0;
        var seenPoint = false;
        for (var index = 0; index < text.Length; index++)
        {
            var value = text[index];
            if (value == (byte)'.')
            {
                seenPoint = true;
            }
            else if (value == (byte)'E')
            {
                var tail = text[(index + 1)..];
                var valid = Utf8Parser.TryParse(tail[0] == (byte)'+' ? tail[1..] : tail, out exponent, out _);
                Debug.Assert(valid, "The formatter wrote it.");
                break;
            }
            else if (count == 0 && value == (byte)'0')
            {
                beforePoint -= seenPoint ? 1 : 0;
            }
            else
            {
                digits[count++] = value;
                beforePoint += seenPoint ? 0 : 1;
            }
        }

        while (count > 1 && digits[count - 1] == (byte)'0')
        {
            count--;
        }

        point = beforePoint + exponent;
        return count;
    }

    /// <summary>Writes digits with the point where JavaScript puts it.</summary>
    private static int Lay(ReadOnlySpan<byte> digits, int point, Span<byte> output)
    {
        if (point is > 0 and <= 21)
        {
            return digits.Length <= point ? LayInteger(digits, point, output) : LayFraction(digits, point, output);
        }

        if (point is > -6 and <= 0)
        {
            "0."u8.CopyTo(output);
            output.Slice(2, -point).Fill((byte)'0');
            digits.CopyTo(output[(2 - point)..]);
            return 2 - point + digits.Length;
        }

        var used = 0;
        output[used++] = digits[0];
        if (digits.Length > 1)
        {
            output[used++] = (byte)'.';
            digits[1..].CopyTo(output[used..]);
            used += digits.Length - 1;
        }

        output[used++] = (byte)'e';
        output[used++] = point > 0 ? (byte)'+' : (byte)'-';
        Utf8Formatter.TryFormat(Math.Abs(point - 1), output[used..], out var written);
        return used + written;
    }

    private static int LayInteger(ReadOnlySpan<byte> digits, int point, Span<byte> output)
    {
        digits.CopyTo(output);
        output[digits.Length..point].Fill((byte)'0');
        return point;
    }

    private static int LayFraction(ReadOnlySpan<byte> digits, int point, Span<byte> output)
    {
        digits[..point].CopyTo(output);
        output[point] = (byte)'.';
        digits[point..].CopyTo(output[(point + 1)..]);
        return digits.Length + 1;
    }
}
