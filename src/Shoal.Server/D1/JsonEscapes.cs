using System.Buffers.Text;
using System.Diagnostics;
using System.Text;

namespace Shoal.Server.D1;

/// <summary>Decodes the escapes of a JSON string where it stands.</summary>
internal static class JsonEscapes
{
    private const int UnicodeEscapeBytes = 6;

    /// <summary>
    /// Decodes the inside of a JSON string whose grammar has been checked and returns its new length, which is never greater.
    /// A surrogate without its partner becomes U+FFFD.
    /// </summary>
    public static int DecodeInPlace(Span<byte> text)
    {
        var read = text.IndexOf((byte)'\\');
        if (read < 0)
        {
            return text.Length;
        }

        var write = read;
        while (read < text.Length)
        {
            if (text[read] != (byte)'\\')
            {
                var rest = text[read..];
                var plain = rest.IndexOf((byte)'\\');
                plain = plain < 0 ? rest.Length : plain;
                rest[..plain].CopyTo(text[write..]);
                read += plain;
                write += plain;
                continue;
            }

            if (text[read + 1] == (byte)'u')
            {
                var rune = ReadRune(text[read..], out var consumed);
                write += rune.EncodeToUtf8(text[write..]);
                read += consumed;
                continue;
            }

            text[write++] = Simple(text[read + 1]);
            read += 2;
        }

        return write;
    }

    private static Rune ReadRune(ReadOnlySpan<byte> text, out int consumed)
    {
        var first = ReadUnit(text);
        consumed = UnicodeEscapeBytes;
        if (!char.IsSurrogate(first))
        {
            return new Rune(first);
        }

        var rest = text[UnicodeEscapeBytes..];
        if (char.IsHighSurrogate(first) && rest.StartsWith("\\u"u8)
            && Rune.TryCreate(first, ReadUnit(rest), out var pair))
        {
            consumed = UnicodeEscapeBytes * 2;
            return pair;
        }

        return Rune.ReplacementChar;
    }

    /// <summary>The code unit of <c>\uXXXX</c>.</summary>
    private static char ReadUnit(ReadOnlySpan<byte> text)
    {
        var valid = Utf8Parser.TryParse(text.Slice(2, 4), out ushort unit, out _, 'x');
        Debug.Assert(valid, "The JSON reader has checked it.");
        return (char)unit;
    }

    private static byte Simple(byte letter) => letter switch
    {
        (byte)'b' => (byte)'\b',
        (byte)'f' => (byte)'\f',
        (byte)'n' => (byte)'\n',
        (byte)'r' => (byte)'\r',
        (byte)'t' => (byte)'\t',
        _ => letter,
    };
}
