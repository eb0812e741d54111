namespace Shoal.Engine.Databases;

/// <summary>The little that must be known of SQL text before SQLite reads it: blanks, first keywords, statement ends.</summary>
internal static class SqlText
{
    /// <summary>Index of the first byte that is neither white space nor inside a comment; the length when there is none.</summary>
    /// <param name="sql">The text.</param>
    /// <param name="alsoSemicolons">Whether semicolons are blank, too.</param>
    /// <param name="mayGoOn">Whether the text is only a beginning: a comment that reaches its end is not skipped.</param>
    public static int SkipBlank(ReadOnlySpan<byte> sql, bool alsoSemicolons = false, bool mayGoOn = false)
    {
        var index = 0;
        while (index < sql.Length)
        {
            var next = index;
            if (IsSpace(sql[index]) || (alsoSemicolons && sql[index] == (byte)';'))
            {
                next = index + 1;
            }
            else if (sql[index] is (byte)'-' or (byte)'/')
            {
                next = SkipComment(sql, index);
                if (mayGoOn && next == sql.Length)
                {
                    break;
                }
            }

            if (next == index)
            {
                break;
            }

            index = next;
        }

        return index;
    }

    /// <summary>Whether a batch item is nothing to D1: empty, or only white space and <c>--</c> comments.</summary>
    public static bool IsDropped(ReadOnlySpan<byte> sql)
    {
        while (true)
        {
            sql = sql[SkipSpace(sql)..];
            if (sql.IsEmpty)
            {
                return true;
            }

            if (!sql.StartsWith("--"u8))
            {
                return false;
            }

            sql = sql[SkipComment(sql, 0)..];
        }
    }

    /// <summary>Index of the first byte that is not white space.</summary>
    public static int SkipSpace(ReadOnlySpan<byte> sql)
    {
        var index = 0;
        while (index < sql.Length && IsSpace(sql[index]))
        {
            index++;
        }

        return index;
    }

    /// <summary>The first word, comments before it skipped.</summary>
    public static ReadOnlySpan<byte> FirstKeyword(ReadOnlySpan<byte> sql)
    {
        var start = SkipBlank(sql);
        var end = start;
        while (end < sql.Length && IsLetter(sql[end]))
        {
            end++;
        }

        return sql[start..end];
    }

    /// <summary>Whether a statement with this text may turn out to be read-only, judged by its first word.</summary>
    public static bool MayBeRead(ReadOnlySpan<byte> sql)
    {
        var word = FirstKeyword(sql);
        return IsWord(word, "SELECT"u8) || IsWord(word, "WITH"u8) || IsWord(word, "VALUES"u8)
            || IsWord(word, "EXPLAIN"u8) || IsWord(word, "PRAGMA"u8);
    }

    /// <summary>Compares a word with an upper-case one, in any case.</summary>
    public static bool IsWord(ReadOnlySpan<byte> word, ReadOnlySpan<byte> upper) =>
        System.Text.Ascii.EqualsIgnoreCase(word, upper);

    /// <summary>
    /// Index just after the first semicolon outside strings, names and comments; the length when there is none.
    /// Knows nothing of trigger bodies.
    /// </summary>
    public static int SkipToSemicolon(ReadOnlySpan<byte> sql)
    {
        var index = 0;
        while (index < sql.Length)
        {
            switch (sql[index])
            {
                case (byte)';':
                    return index + 1;
                case (byte)'\'' or (byte)'"' or (byte)'`':
                    index = SkipQuoted(sql, index, sql[index]);
                    break;
                case (byte)'[':
                    index = SkipQuoted(sql, index, (byte)']');
                    break;
                case (byte)'-' or (byte)'/':
                    index = Math.Max(SkipComment(sql, index), index + 1);
                    break;
                default:
                    index++;
                    break;
            }
        }

        return index;
    }

    private static int SkipQuoted(ReadOnlySpan<byte> sql, int start, byte quote)
    {
        var length = sql[(start + 1)..].IndexOf(quote);
        return length < 0 ? sql.Length : start + length + 2;
    }

    private static int SkipComment(ReadOnlySpan<byte> sql, int start)
    {
        var rest = sql[start..];
        if (rest.StartsWith("--"u8))
        {
            var end = rest.IndexOf((byte)'\n');
            return end < 0 ? sql.Length : start + end + 1;
        }

        if (rest.StartsWith("/*"u8))
        {
            var end = rest[2..].IndexOf("*/"u8);
            return end < 0 ? sql.Length : start + end + 4;
        }

        return start;
    }

    private static bool IsSpace(byte value) => value is (byte)' ' or (byte)'\t' or (byte)'\n' or (byte)'\r' or (byte)'\f';

    private static bool IsLetter(byte value) => (uint)((value | 0x20) - 'a') <= 'z' - 'a';
}
