namespace Shoal.Cli.Lint;

/// <summary>The tokens of a file and how its brackets nest.</summary>
/// <remarks>Brackets that do not match are skipped: a closing one closes the nearest of its sort, and all inside of it.</remarks>
internal sealed class SourceCode
{
    /// <summary>Tokens of type arguments; what has more of them is no call.</summary>
    private const int TypeArgumentsMax = 60;

    private readonly string _text;
    private readonly Token[] _tokens;
    private readonly int[] _match;
    private readonly int[] _parent;
    private readonly int[] _lineStarts;
    private readonly HashSet<int> _ignoredLines = [];

    public SourceCode(string text, SourceLanguage language)
    {
        _text = text;
        Language = language;
        var lexer = new SourceLexer(text, language);
        _tokens = [.. lexer.Read()];
        _match = new int[_tokens.Length];
        _parent = new int[_tokens.Length];
        _lineStarts = [0, .. Enumerable.Range(0, text.Length).Where(index => text[index] == '\n').Select(static index => index + 1)];
        IgnoresFile = lexer.IgnoresFile;
        foreach (var position in lexer.IgnoredAt)
        {
            _ignoredLines.Add(LineAt(position));
            _ignoredLines.Add(LineAt(position) + 1);
        }

        Nest();
    }

    public SourceLanguage Language { get; }

    public bool IgnoresFile { get; }

    public int Count => _tokens.Length;

    public Token this[int index] => _tokens[index];

    /// <summary>The token's text; empty outside of the file.</summary>
    public ReadOnlySpan<char> Text(int index) =>
        (uint)index < (uint)_tokens.Length ? _text.AsSpan(_tokens[index].Start, _tokens[index].Length) : default;

    public bool Is(int index, string text) => Text(index).SequenceEqual(text) && (uint)index < (uint)_tokens.Length
        && _tokens[index].Kind is TokenKind.Symbol or TokenKind.Word;

    public bool IsWord(int index) => (uint)index < (uint)_tokens.Length && _tokens[index].Kind == TokenKind.Word;

    public bool IsText(int index) => (uint)index < (uint)_tokens.Length && _tokens[index].Kind == TokenKind.Text;

    /// <summary>The other bracket of a pair; -1 for what is none or has none.</summary>
    public int Match(int index) => _match[index];

    /// <summary>The opening bracket around a token; -1 for none.</summary>
    public int Parent(int index) => _parent[index];

    /// <summary>Counts from 1.</summary>
    public int Line(int index) => LineAt(_tokens[index].Start);

    /// <summary>Counts from 1, in characters.</summary>
    public int Column(int index) => _tokens[index].Start - _lineStarts[Line(index) - 1] + 1;

    public bool IsIgnored(int line) => _ignoredLines.Contains(line);

    /// <summary>A line without its end.</summary>
    public string LineText(int line)
    {
        var start = _lineStarts[line - 1];
        var end = line < _lineStarts.Length ? _lineStarts[line] - 1 : _text.Length;
        return _text[start..end].TrimEnd();
    }

    /// <summary>Whether a word stands in a range of tokens, both ends included.</summary>
    public bool HasWord(int first, int last, Func<string, bool> isWanted)
    {
        for (var index = first; index <= last && index < _tokens.Length; index++)
        {
            if (_tokens[index].Kind == TokenKind.Word && isWanted(Text(index).ToString()))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Behind the type arguments that may stand here, where a call's bracket follows; else the same place.</summary>
    public int AfterTypeArguments(int index)
    {
        var depth = 0;
        for (var next = index; Is(index, "<") && next < Math.Min(Count, index + TypeArgumentsMax); next++)
        {
            depth += Is(next, "<") ? 1 : Is(next, ">") ? -1 : 0;
            if (depth == 0)
            {
                return Is(next + 1, "(") ? next + 1 : index;
            }
        }

        return index;
    }

    /// <summary>Before the type arguments that end here; else the same place.</summary>
    public int BeforeTypeArguments(int index)
    {
        var depth = 0;
        for (var before = index; Is(index, ">") && before > Math.Max(0, index - TypeArgumentsMax); before--)
        {
            depth += Is(before, ">") ? 1 : Is(before, "<") ? -1 : 0;
            if (depth == 0)
            {
                return before - 1;
            }
        }

        return index;
    }

    private int LineAt(int position)
    {
        var found = Array.BinarySearch(_lineStarts, position);
        return found >= 0 ? found + 1 : ~found;
    }

    private void Nest()
    {
        var open = new List<int>();
        var openOf = new Dictionary<char, int> { ['('] = 0, ['['] = 0, ['{'] = 0 };
        for (var index = 0; index < _tokens.Length; index++)
        {
            _match[index] = -1;
            _parent[index] = open.Count > 0 ? open[^1] : -1;
            if (_tokens[index].Kind != TokenKind.Symbol)
            {
                continue;
            }

            var symbol = _text[_tokens[index].Start];
            if (symbol is '(' or '[' or '{')
            {
                open.Add(index);
                openOf[symbol]++;
            }
            else if (symbol is ')' or ']' or '}')
            {
                var wanted = symbol == ')' ? '(' : symbol == ']' ? '[' : '{';
                if (openOf[wanted] > 0)
                {
                    var at = open.FindLastIndex(one => _text[_tokens[one].Start] == wanted);
                    _match[index] = open[at];
                    _match[open[at]] = index;
                    for (; open.Count > at; open.RemoveAt(open.Count - 1))
                    {
                        openOf[_text[_tokens[open[^1]].Start]]--;
                    }

                    _parent[index] = open.Count > 0 ? open[^1] : -1;
                }
            }
        }
    }
}
