using System.Buffers;
using System.Buffers.Text;
using System.Text;
using System.Text.Unicode;
using Shoal.Server.Http;

namespace Shoal.Server.D1;

/// <summary>Writes SQLite's values as JSON the way D1 does: numbers in JavaScript's notation, text repaired to valid UTF-8.</summary>
internal static class JsonValue
{
    /// <summary>Beyond this, neighbouring integers are the same double (2^53).</summary>
    private const long ExactIntegerMax = 1L << 53;

    /// <summary>From here on JavaScript writes an exponent, and no reader takes that for an integer.</summary>
    private const double DigitsMax = 1e21;

    private const int EscapedByteMax = 6;

    private static readonly SearchValues<byte> MustEscape = SearchValues.Create(EscapeSet());

    /// <summary>An integer, exact or as the double that JavaScript would make of it.</summary>
    public static void WriteInteger(ResponseBuffer output, long value, bool exact)
    {
        if (exact || value is >= -ExactIntegerMax and <= ExactIntegerMax)
        {
            Utf8Formatter.TryFormat(value, output.GetSpan(20), out var written);
            output.Advance(written);
            return;
        }

        WriteDouble(output, value);
    }

    /// <summary>The shortest text that reads back as the same double; null for infinities, which JSON does not have.</summary>
    public static void WriteDouble(ResponseBuffer output, double value)
    {
        if (!double.IsFinite(value))
        {
            output.Write("null"u8);
            return;
        }

        if (Math.Abs(value) <= ExactIntegerMax && Math.Truncate(value) == value)
        {
            WriteInteger(output, (long)value, exact: true);
            return;
        }

        output.Advance(JavaScriptNumber.Format(value, output.GetSpan(JavaScriptNumber.BytesMax)));
    }

    /// <summary>A double that a reader can tell from an integer: 1.0 keeps its point, and infinities are what overflows to them.</summary>
    public static void WriteReal(ResponseBuffer output, double value)
    {
        if (double.IsInfinity(value))
        {
            output.Write(value > 0 ? "9e999"u8 : "-9e999"u8);
            return;
        }

        WriteDouble(output, value);
        if (Math.Abs(value) < DigitsMax && Math.Truncate(value) == value)
        {
            output.Write(".0"u8);
        }
    }

    /// <summary>A string. Bytes that are not UTF-8 become U+FFFD.</summary>
    public static void WriteString(ResponseBuffer output, ReadOnlySpan<byte> text)
    {
        output.WriteByte((byte)'"');
        if (Utf8.IsValid(text))
        {
            WriteEscaped(output, text);
        }
        else
        {
            WriteRepaired(output, text);
        }

        output.WriteByte((byte)'"');
    }

    /// <summary>Bytes as an array of numbers.</summary>
    public static void WriteBlob(ResponseBuffer output, ReadOnlySpan<byte> bytes)
    {
        const int part = 1024;
        output.WriteByte((byte)'[');
        for (var start = 0; start < bytes.Length; start += part)
        {
            var slice = bytes[start..Math.Min(start + part, bytes.Length)];
            var span = output.GetSpan(slice.Length * 4);
            var used = 0;
            foreach (var value in slice)
            {
                Utf8Formatter.TryFormat(value, span[used..], out var written);
                used += written;
                span[used++] = (byte)',';
            }

            var last = start + slice.Length == bytes.Length;
            output.Advance(last ? used - 1 : used);
        }

        output.WriteByte((byte)']');
    }

    private static void WriteEscaped(ResponseBuffer output, ReadOnlySpan<byte> text)
    {
        while (true)
        {
            var index = text.IndexOfAny(MustEscape);
            if (index < 0)
            {
                output.Write(text);
                return;
            }

            output.Write(text[..index]);
            WriteEscape(output, text[index]);
            text = text[(index + 1)..];
        }
    }

    private static void WriteEscape(ResponseBuffer output, byte value)
    {
        var span = output.GetSpan(EscapedByteMax);
        span[0] = (byte)'\\';
        span[1] = value switch
        {
            (byte)'"' => (byte)'"',
            (byte)'\\' => (byte)'\\',
            (byte)'\b' => (byte)'b',
            (byte)'\f' => (byte)'f',
            (byte)'\n' => (byte)'n',
            (byte)'\r' => (byte)'r',
            (byte)'\t' => (byte)'t',
            _ => (byte)'u',
        };
        if (span[1] != (byte)'u')
        {
            output.Advance(2);
            return;
        }

        span[2] = (byte)'0';
        span[3] = (byte)'0';
        Utf8Formatter.TryFormat(value, span[4..], out _, new StandardFormat('x', 2));
        output.Advance(EscapedByteMax);
    }

    private static void WriteRepaired(ResponseBuffer output, ReadOnlySpan<byte> text)
    {
        while (text.Length > 0)
        {
            var status = Rune.DecodeFromUtf8(text, out _, out var consumed);
            WriteEscaped(output, status == OperationStatus.Done ? text[..consumed] : "\uFFFD"u8);
            text = text[consumed..];
        }
    }

    private static byte[] EscapeSet()
    {
        var set = new byte[0x20 + 2];
        for (var value = 0; value < 0x20; value++)
        {
            set[value] = (byte)value;
        }

        set[0x20] = (byte)'"';
        set[0x21] = (byte)'\\';
        return set;
    }
}
