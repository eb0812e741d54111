using System.Text;
using Shoal.Engine.Databases;

namespace Shoal.Engine.Usage;

/// <summary>Takes the values out of one SQL text, by the rules of <see cref="StatementFingerprint"/>.</summary>
internal sealed class StatementShortener
{
    private readonly List<byte> _text = [];
    private readonly List<int> _ends = [];
    private readonly Stack<int> _open = new();
    private int _byDepth = -1;
    private int _inList = -1;
    private int _rowStart = -1;
    private int _rowEnd = int.MinValue;
    private int _repeatStart = -1;

    public byte[] Shorten(ReadOnlySpan<byte> sql)
    {
        var index = 0;
        while (_text.Count <= StatementFingerprint.TextBytesMax)
        {
            var blank = SqlText.SkipBlank(sql[index..]);
            index += blank;
            if (index >= sql.Length)
            {
                break;
            }

            var length = TokenLength(sql[index..]);
            Add(sql.Slice(index, length), isApart: blank > 0);
            index += length;
        }

        return Cut();
    }

    /// <summary>Length of the token that a text begins with.</summary>
    internal static int TokenLength(ReadOnlySpan<byte> sql)
    {
        var first = sql[0];
        if (first is (byte)'\'' or (byte)'"' or (byte)'`')
        {
            return QuotedLength(sql, first);
        }

        if (first == (byte)'[')
        {
            var end = sql.IndexOf((byte)']');
            return end < 0 ? sql.Length : end + 1;
        }

        if ((first | 0x20) == 'x' && sql.Length > 1 && sql[1] == (byte)'\'')
        {
            return 1 + QuotedLength(sql[1..], (byte)'\'');
        }

        if (IsDigit(first) || (first == '.' && sql.Length > 1 && IsDigit(sql[1])))
        {
            return NumberLength(sql);
        }

        var length = 1;
        if (IsNamePart(first) || first is (byte)'?' or (byte)':' or (byte)'@')
        {
            while (length < sql.Length && IsNamePart(sql[length]))
            {
                length++;
            }
        }

        return length;
    }

    internal static bool IsNamePart(byte value) =>
        value is >= (byte)'a' and <= (byte)'z' or >= (byte)'A' and <= (byte)'Z' or (byte)'_' or (byte)'$' or >= 0x80
        || IsDigit(value);

    private static bool IsDigit(byte value) => value is >= (byte)'0' and <= (byte)'9';

    private static int QuotedLength(ReadOnlySpan<byte> sql, byte quote)
    {
        for (var index = 1; index < sql.Length; index++)
        {
            if (sql[index] != quote)
            {
                continue;
            }

            if (index + 1 < sql.Length && sql[index + 1] == quote)
            {
                index++;
                continue;
            }

            return index + 1;
        }

        return sql.Length;
    }

    private static int NumberLength(ReadOnlySpan<byte> sql)
    {
        var length = 1;
        while (length < sql.Length && (IsNamePart(sql[length]) || sql[length] == '.'
            || (sql[length] is (byte)'+' or (byte)'-' && (sql[length - 1] | 0x20) == 'e' && !sql.StartsWith("0x"u8))))
        {
            length++;
        }

        return length;
    }

    private static bool IsWord(ReadOnlySpan<byte> token, string word) =>
        token.Length == word.Length && Ascii.EqualsIgnoreCase(token, word);

    private void Add(ReadOnlySpan<byte> token, bool isApart)
    {
        if (_inList >= 0 && token[0] != (byte)')')
        {
            AddOfList(token);
            return;
        }

        var isLiteral = token[0] == (byte)'\'' || IsDigit(token[0])
            || (token[0] == (byte)'.' && token.Length > 1) || ((token[0] | 0x20) == 'x' && token.Length > 1 && token[1] == (byte)'\'');
        var isColumnNumber = _byDepth == _open.Count && IsDigit(token[0]) && (LastIs("BY") || LastIs(","));
        if (isLiteral && !isColumnNumber && token is not [(byte)'0' or (byte)'1'])
        {
            token = "?"u8;
        }

        if (token[0] == (byte)')')
        {
            Close();
            return;
        }

        var isListBegin = token[0] == (byte)'(' && LastIs("IN");
        var isFirstRow = token[0] == (byte)'(' && LastIs("VALUES");
        var isNextRow = token[0] == (byte)'(' && _rowEnd == _ends.Count - 2 && LastIs(",");
        if (IsWord(token, "BY"))
        {
            _byDepth = _open.Count;
        }
        else if (IsWord(token, "LIMIT") || IsWord(token, "HAVING") || token[0] == (byte)';')
        {
            _byDepth = -1;
        }

        Append(token, isApart);
        if (token[0] == (byte)'(')
        {
            if (isFirstRow || isNextRow)
            {
                _rowStart = _ends.Count - 1;
                _repeatStart = isNextRow ? _ends.Count - 2 : -1;
            }

            _open.Push(_ends.Count - 1);
            _inList = isListBegin ? 0 : -1;
        }
    }

    /// <summary>Inside a list after IN: values shrink to one; a subquery stays.</summary>
    private void AddOfList(ReadOnlySpan<byte> token)
    {
        var isValue = token[0] is (byte)'\'' or (byte)'?' or (byte)':' or (byte)'@' or (byte)'$' or (byte)'-' or (byte)'+'
            || IsDigit(token[0]) || IsWord(token, "NULL") || ((token[0] | 0x20) == 'x' && token.Length > 1 && token[1] == (byte)'\'');
        if (isValue && _inList == 0)
        {
            Append("?"u8, isApart: false);
            _inList = 1;
        }
        else if (!isValue && token[0] != (byte)',')
        {
            // Not a list of values: take it as it is from here on.
            _inList = -1;
            Add(token, isApart: false);
        }
    }

    private void Close()
    {
        _inList = -1;
        Append(")"u8, isApart: false);
        var isKnown = _open.TryPop(out var open);
        if (_byDepth > _open.Count)
        {
            _byDepth = -1;
        }

        if (!isKnown || open != _rowStart)
        {
            return;
        }

        // A further row of VALUES that looks like the one before it says nothing new.
        if (_repeatStart > 0)
        {
            Truncate(_repeatStart);
        }

        _rowEnd = _ends.Count - 1;
        _rowStart = -1;
        _repeatStart = -1;
    }

    private bool LastIs(string word)
    {
        if (_ends.Count == 0)
        {
            return false;
        }

        var start = _ends.Count == 1 ? 0 : _ends[^2];
        var last = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_text)[start.._ends[^1]];
        return IsWord(last.TrimStart((byte)' '), word);
    }

    private void Append(ReadOnlySpan<byte> token, bool isApart)
    {
        var needsBlank = _text.Count > 0 && (isApart || (IsNamePart(token[0]) && IsNamePart(_text[^1])))
            && token is not [(byte)',' or (byte)')' or (byte)';'];
        if (needsBlank)
        {
            _text.Add((byte)' ');
        }

        _text.AddRange(token);
        _ends.Add(_text.Count);
    }

    private void Truncate(int tokens)
    {
        _ends.RemoveRange(tokens, _ends.Count - tokens);
        var bytes = tokens == 0 ? 0 : _ends[^1];
        _text.RemoveRange(bytes, _text.Count - bytes);
    }

    /// <summary>The text without a closing semicolon, cut before a character that would pass the limit.</summary>
    private byte[] Cut()
    {
        while (_text.Count > 0 && _text[^1] is (byte)';' or (byte)' ')
        {
            _text.RemoveAt(_text.Count - 1);
        }

        var end = Math.Min(_text.Count, StatementFingerprint.TextBytesMax);
        while (end > 0 && end < _text.Count && (_text[end] & 0xC0) == 0x80)
        {
            end--;
        }

        return [.. _text[..end]];
    }
}
