using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Shoal.Client.D1;

namespace Shoal.Client.Ado;

/// <summary>
/// Takes a command's text apart: into its statements, because D1 lets only the last of a text have parameters, and its named
/// parameters into numbered ones, because D1 knows no names.
/// </summary>
/// <remarks>Thread: safe; one per text. What was parsed is kept, up to a bound.</remarks>
internal sealed class CommandParser
{
    private const int KeptMax = 1_000;
    private static readonly ConcurrentDictionary<string, ParsedStatement[]> Kept = new(StringComparer.Ordinal);

    private readonly string _text;
    private readonly List<ParsedStatement> _statements = [];
    private readonly StringBuilder _sql = new();
    private readonly List<ParameterUse> _uses = [];
    private readonly List<string> _words = [];
    private int _index;
    private int _positions;
    private bool _afterSemicolon;
    private bool _hasContent;
    private bool _triggerEnds;

    private CommandParser(string text) => _text = text;

    /// <summary>The statements of a text.</summary>
    public static ParsedStatement[] Parse(string text)
    {
        if (Kept.TryGetValue(text, out var known))
        {
            return known;
        }

        var parsed = new CommandParser(text).Run();
        if (Kept.Count >= KeptMax)
        {
            Kept.Clear();
        }

        Kept[text] = parsed;
        return parsed;
    }

    private ParsedStatement[] Run()
    {
        while (_index < _text.Length)
        {
            var next = _text[_index];
            if (next == ';' && !IsInsideTrigger())
            {
                EndStatement();
                _index++;
            }
            else if (IsBlank())
            {
                CopyTo(EndOfBlank());
            }
            else
            {
                _hasContent = true;
                Token(next);
            }
        }

        EndStatement();
        return [.. _statements];
    }

    private void Token(char next)
    {
        var wasAfterSemicolon = _afterSemicolon;
        _afterSemicolon = next == ';';
        switch (next)
        {
            case '\'' or '"' or '`':
                CopyTo(EndOfQuoted(next));
                break;
            case '[':
                var end = _text.IndexOf(']', _index);
                CopyTo(end < 0 ? _text.Length : end + 1);
                break;
            case '?' or '@' or ':' or '$' when EndOfName(_index + 1) is var name && (name > _index + 1 || next == '?'):
                Parameter(name);
                break;
            default:
                var word = EndOfName(_index, alsoDollar: true);
                if (word > _index)
                {
                    Word(_text[_index..word], wasAfterSemicolon);
                }

                CopyTo(Math.Max(word, _index + 1));
                break;
        }
    }

    private void Parameter(int end)
    {
        var token = _text[_index..end];
        var use = token[0] != '?' ? new ParameterUse(token, Position: -1)
            : token.Length == 1 ? new ParameterUse(null, _positions++)
            : int.TryParse(token.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0
                ? new ParameterUse(null, number - 1)
                : throw new FormatException($"'{token}' is no parameter; write ?, ?1, @name, :name or $name");
        var place = _uses.IndexOf(use);
        if (place < 0)
        {
            place = _uses.Count;
            _uses.Add(use);
        }

        _sql.Append(CultureInfo.InvariantCulture, $"?{place + 1}");
        _index = end;
    }

    /// <summary>Words matter up to what tells a trigger from anything else, and where one ends.</summary>
    private void Word(string word, bool afterSemicolon)
    {
        if (_words.Count < 6)
        {
            _words.Add(word);
        }

        _triggerEnds = afterSemicolon && word.Equals("END", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Whether a semicolon ends a statement of a trigger's body and not the trigger.</summary>
    private bool IsInsideTrigger()
    {
        var word = 0;
        while (word < _words.Count && (Is(word, "EXPLAIN") || Is(word, "QUERY") || Is(word, "PLAN")))
        {
            word++;
        }

        if (!Is(word, "CREATE"))
        {
            return false;
        }

        word += Is(word + 1, "TEMP") || Is(word + 1, "TEMPORARY") ? 2 : 1;
        return Is(word, "TRIGGER") && !_triggerEnds;
    }

    private bool Is(int index, string word) =>
        index < _words.Count && _words[index].Equals(word, StringComparison.OrdinalIgnoreCase);

    private void EndStatement()
    {
        if (_hasContent)
        {
            _statements.Add(new ParsedStatement(new StatementText(_sql.ToString().Trim()), [.. _uses]));
        }

        _sql.Clear();
        _uses.Clear();
        _words.Clear();
        _hasContent = false;
        _afterSemicolon = false;
        _triggerEnds = false;
    }

    private bool IsBlank() => char.IsWhiteSpace(_text[_index]) || StartsWith("--") || StartsWith("/*");

    private int EndOfBlank()
    {
        if (StartsWith("--"))
        {
            var line = _text.IndexOf('\n', _index);
            return line < 0 ? _text.Length : line + 1;
        }

        if (StartsWith("/*"))
        {
            var end = _text.IndexOf("*/", _index + 2, StringComparison.Ordinal);
            return end < 0 ? _text.Length : end + 2;
        }

        return _index + 1;
    }

    private bool StartsWith(string mark) => string.CompareOrdinal(_text, _index, mark, 0, mark.Length) == 0;

    private int EndOfQuoted(char quote)
    {
        var end = _index + 1;
        while (end < _text.Length)
        {
            if (_text[end] != quote)
            {
                end++;
            }
            else if (end + 1 < _text.Length && _text[end + 1] == quote)
            {
                end += 2;
            }
            else
            {
                return end + 1;
            }
        }

        return end;
    }

    private int EndOfName(int from, bool alsoDollar = false)
    {
        while (from < _text.Length && (char.IsLetterOrDigit(_text[from]) || _text[from] == '_' || _text[from] >= 0x80
            || (alsoDollar && _text[from] == '$')))
        {
            from++;
        }

        return from;
    }

    private void CopyTo(int end)
    {
        _sql.Append(_text, _index, end - _index);
        _index = end;
    }
}
