using System.Buffers;
using Shoal.Engine.Databases;

namespace Shoal.Engine.Transfer;

/// <summary>Reads the plainest form of an INSERT: a name, maybe columns, and rows of literals up to a semicolon.</summary>
/// <remarks>
/// What it does not know for certain it does not read; then SQLite's own parser has the word. Literals mean what they mean
/// in SQLite. Source: https://www.sqlite.org/lang_insert.html, https://www.sqlite.org/lang_expr.html#literal_values_constants_.
/// </remarks>
internal static class LiteralReader
{
    private const int IntegerDigitsMax = 18;
    private const long ExactMantissaMax = 1L << 53;

    private static readonly SearchValues<byte> Hexadecimal = SearchValues.Create("0123456789abcdefABCDEF"u8);

    private static readonly double[] PowersOfTen =
        [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18];

    /// <summary>
    /// Length of <c>INSERT INTO name (columns) VALUES</c> at the start of a text, with its variants of conflict clause and
    /// schema; 0 when the text starts otherwise.
    /// </summary>
    public static int ReadHead(ReadOnlySpan<byte> sql)
    {
        var position = 0;
        var word = ReadWord(sql, ref position);
        if (SqlText.IsWord(word, "INSERT"u8))
        {
            word = ReadWord(sql, ref position);
            if (SqlText.IsWord(word, "OR"u8))
            {
                ReadWord(sql, ref position);
                word = ReadWord(sql, ref position);
            }
        }
        else if (SqlText.IsWord(word, "REPLACE"u8))
        {
            word = ReadWord(sql, ref position);
        }

        if (!SqlText.IsWord(word, "INTO"u8) || !ReadName(sql, ref position))
        {
            return 0;
        }

        if (Take(sql, ref position, (byte)'.') && !ReadName(sql, ref position))
        {
            return 0;
        }

        if (Take(sql, ref position, (byte)'('))
        {
            do
            {
                if (!ReadName(sql, ref position))
                {
                    return 0;
                }
            }
            while (Take(sql, ref position, (byte)','));
            if (!Take(sql, ref position, (byte)')'))
            {
                return 0;
            }
        }

        return SqlText.IsWord(ReadWord(sql, ref position), "VALUES"u8) ? position : 0;
    }

    /// <summary>Reads one literal.</summary>
    /// <param name="sql">The text.</param>
    /// <param name="position">Where it starts, space before it allowed; moved behind it.</param>
    /// <param name="literal">What was read.</param>
    public static bool TryRead(ReadOnlySpan<byte> sql, ref int position, out Literal literal)
    {
        position += SqlText.SkipSpace(sql[position..]);
        literal = default;
        if (position == sql.Length)
        {
            return false;
        }

        switch (sql[position])
        {
            case (byte)'\'':
                return TryReadText(sql, ref position, out literal);
            case (byte)'-' or (byte)'.' or (>= (byte)'0' and <= (byte)'9'):
                return TryReadNumber(sql, ref position, out literal);
            case (byte)'x' or (byte)'X':
                return TryReadBlob(sql, ref position, out literal);
            case (byte)'n' or (byte)'N':
                literal = new Literal(LiteralKind.Null, 0, 0, 0, 0);
                return SqlText.IsWord(ReadWord(sql, ref position), "NULL"u8);
            default:
                return false;
        }
    }

    /// <summary>Steps over one byte, space before it allowed; false when another one stands there.</summary>
    public static bool Take(ReadOnlySpan<byte> sql, ref int position, byte expected)
    {
        position += SqlText.SkipSpace(sql[position..]);
        if (position == sql.Length || sql[position] != expected)
        {
            return false;
        }

        position++;
        return true;
    }

    private static bool TryReadText(ReadOnlySpan<byte> sql, ref int position, out Literal literal)
    {
        var start = position + 1;
        var end = start;
        var kind = LiteralKind.Text;
        literal = default;
        while (true)
        {
            var length = sql[end..].IndexOf((byte)'\'');
            if (length < 0)
            {
                return false;
            }

            end += length;
            if (end + 1 < sql.Length && sql[end + 1] == (byte)'\'')
            {
                kind = LiteralKind.QuotedText;
                end += 2;
                continue;
            }

            literal = new Literal(kind, 0, 0, start, end - start);
            position = end + 1;

            // At the text's end the other half of a doubled quote may be missing.
            return position < sql.Length;
        }
    }

    private static bool TryReadNumber(ReadOnlySpan<byte> sql, ref int position, out Literal literal)
    {
        literal = default;
        var isNegative = sql[position] == (byte)'-';
        if (isNegative)
        {
            position++;
        }

        var start = position;
        var mantissa = 0L;
        var fractionStart = -1;
        while (position < sql.Length)
        {
            var value = sql[position];
            if ((uint)(value - '0') <= 9)
            {
                mantissa = (mantissa * 10) + (value - '0');
            }
            else if (value == (byte)'.' && fractionStart < 0)
            {
                fractionStart = position + 1;
            }
            else
            {
                break;
            }

            position++;
        }

        var digits = position - start - (fractionStart < 0 ? 0 : 1);
        if (digits == 0 || digits > IntegerDigitsMax || position == sql.Length || !EndsLiteral(sql[position]))
        {
            return false;
        }

        if (fractionStart < 0)
        {
            literal = new Literal(LiteralKind.Integer, isNegative ? -mantissa : mantissa, 0, 0, 0);
            return true;
        }

        // Below 2^53 both are exact, and so their quotient is the nearest double. -0.0 is for SQLite to read.
        if (mantissa >= ExactMantissaMax || (isNegative && mantissa == 0))
        {
            return false;
        }

        var real = mantissa / PowersOfTen[position - fractionStart];
        literal = new Literal(LiteralKind.Real, 0, isNegative ? -real : real, 0, 0);
        return true;
    }

    private static bool TryReadBlob(ReadOnlySpan<byte> sql, ref int position, out Literal literal)
    {
        literal = default;
        if (position + 1 >= sql.Length || sql[position + 1] != (byte)'\'')
        {
            return false;
        }

        var start = position + 2;
        var length = sql[start..].IndexOf((byte)'\'');
        if (length < 0 || length % 2 != 0 || sql.Slice(start, length).ContainsAnyExcept(Hexadecimal))
        {
            return false;
        }

        literal = new Literal(LiteralKind.Blob, 0, 0, start, length);
        position = start + length + 1;
        return position < sql.Length && EndsLiteral(sql[position]);
    }

    private static bool EndsLiteral(byte value) => value is (byte)',' or (byte)')' or (byte)' ' or (byte)'\n' or (byte)'\r'
        or (byte)'\t';

    private static ReadOnlySpan<byte> ReadWord(ReadOnlySpan<byte> sql, ref int position)
    {
        position += SqlText.SkipSpace(sql[position..]);
        var start = position;
        while (position < sql.Length && IsNameByte(sql[position]))
        {
            position++;
        }

        return sql[start..position];
    }

    private static bool ReadName(ReadOnlySpan<byte> sql, ref int position)
    {
        position += SqlText.SkipSpace(sql[position..]);
        if (position < sql.Length && sql[position] is (byte)'"' or (byte)'`' or (byte)'[')
        {
            var close = sql[position] == (byte)'[' ? (byte)']' : sql[position];
            var length = sql[(position + 1)..].IndexOf(close);
            position += length + 2;

            // A doubled quote inside a name is rare enough for SQLite's parser.
            return length >= 0 && position < sql.Length && sql[position] != close;
        }

        return ReadWord(sql, ref position).Length > 0;
    }

    private static bool IsNameByte(byte value) =>
        (uint)((value | 0x20) - 'a') <= 'z' - 'a' || (uint)(value - '0') <= 9 || value is (byte)'_' or >= 0x80;
}
