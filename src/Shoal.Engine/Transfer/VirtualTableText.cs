using System.Text;
using Shoal.Engine.Databases;

namespace Shoal.Engine.Transfer;

/// <summary>What the CREATE text of a virtual table says, as SQLite keeps it.</summary>
/// <param name="Module">What follows USING.</param>
/// <param name="Content">
/// Where the rows of an FTS5 table are: null when in itself, empty when nowhere, else the name of a table or view.
/// </param>
internal readonly record struct VirtualTableText(string Module, string? Content)
{
    private const char End = '\0';
    private const char Word = 'w';
    private const char Quoted = '"';

    /// <summary>Whether it is a full-text table.</summary>
    public bool IsFullText => Module.Equals("fts5", StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether it shows the terms of a full-text table.</summary>
    public bool IsVocabulary => Module.Equals("fts5vocab", StringComparison.OrdinalIgnoreCase);

    public static VirtualTableText Read(string sql)
    {
        ReadOnlySpan<byte> text = Encoding.UTF8.GetBytes(sql);
        var position = 0;

        // CREATE VIRTUAL TABLE name USING
        for (var word = 0; word < 5; word++)
        {
            _ = Next(text, ref position);
        }

        var table = new VirtualTableText(Next(text, ref position).Text, Content: null);
        return table.IsFullText ? table with { Content = ReadContent(text, position) } : table;
    }

    /// <summary>FTS5 takes the first letters of an option for the option.</summary>
    private static string? ReadContent(ReadOnlySpan<byte> text, int position)
    {
        var before = Next(text, ref position);
        var option = Next(text, ref position);
        var sign = Next(text, ref position);
        while (sign.Kind != End)
        {
            if (before.Kind is '(' or ',' && option.Kind == Word && sign.Kind == '='
                && "content".StartsWith(option.Text, StringComparison.OrdinalIgnoreCase))
            {
                return Next(text, ref position).Text;
            }

            (before, option, sign) = (option, sign, Next(text, ref position));
        }

        return null;
    }

    private static Token Next(ReadOnlySpan<byte> text, ref int position)
    {
        position += SqlText.SkipBlank(text[position..]);
        if (position == text.Length)
        {
            return new Token(End, "");
        }

        var start = position;
        var first = (char)text[position++];
        if (first is '\'' or '"' or '`' or '[')
        {
            return new Token(Quoted, ReadQuoted(text, (byte)(first == '[' ? ']' : first), ref position));
        }

        if (!IsWord(text[start]))
        {
            return new Token(first, "");
        }

        while (position < text.Length && IsWord(text[position]))
        {
            position++;
        }

        return new Token(Word, Encoding.UTF8.GetString(text[start..position]));
    }

    private static string ReadQuoted(ReadOnlySpan<byte> text, byte quote, ref int position)
    {
        var bytes = new List<byte>();
        while (position < text.Length)
        {
            var next = text[position++];
            if (next == quote)
            {
                if (quote == (byte)']' || position == text.Length || text[position] != quote)
                {
                    break;
                }

                position++;
            }

            bytes.Add(next);
        }

        return Encoding.UTF8.GetString([.. bytes]);
    }

    private static bool IsWord(byte letter) => char.IsAsciiLetterOrDigit((char)letter) || letter is (byte)'_' or (byte)'$' or >= 0x80;

    /// <summary>A piece of SQL text.</summary>
    /// <param name="Kind">A word, something in quotes, the end, or else the symbol itself.</param>
    /// <param name="Text">What it says, without quotes; empty for symbols.</param>
    private readonly record struct Token(char Kind, string Text);
}
