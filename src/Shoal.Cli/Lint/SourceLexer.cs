namespace Shoal.Cli.Lint;

/// <summary>Cuts C#, JavaScript or TypeScript into tokens, without a compiler or Node.</summary>
/// <remarks>
/// Tolerant: any text gives tokens, and an error spoils what follows it only to the end of its line. Comments are left out, but
/// for those that say <c>shoal-lint-ignore</c>. Whether a slash of JavaScript divides or begins a regular expression is told by
/// the token before it. Cost: one pass; holes of templates are nested <see cref="DepthMax"/> deep at most.
/// </remarks>
internal sealed class SourceLexer(string text, SourceLanguage language)
{
    private const int DepthMax = 50;
    private const int RegexCharactersMax = 2_000;
    private const string Ignore = "shoal-lint-ignore";

    private static readonly HashSet<string> WordsBeforeRegex = new(StringComparer.Ordinal)
    {
        "return", "typeof", "case", "in", "of", "delete", "void", "instanceof", "new", "throw", "await", "yield", "else", "do",
    };

    private static readonly string[] Pairs = ["=>", "?.", "+=", "-=", ">=", "<=", "==", "!=", "++", "--", "&&", "||", "??"];

    private readonly List<int> _ignoredAt = [];
    private Token? _last;
    private int _position;
    private int _depth;

    /// <summary>Where comments stand that silence their line and the next one.</summary>
    public IReadOnlyList<int> IgnoredAt => _ignoredAt;

    /// <summary>Whether a comment silences the whole file.</summary>
    public bool IgnoresFile { get; private set; }

    private bool IsCSharp => language == SourceLanguage.CSharp;

    public List<Token> Read()
    {
        var tokens = new List<Token>(text.Length / 5);
        while (Next() is { } token)
        {
            tokens.Add(token);
        }

        return tokens;
    }

    private Token? Next()
    {
        SkipBlank();
        if (_position >= text.Length)
        {
            return null;
        }

        var start = _position;
        var kind = TokenKind.Symbol;
        var hasCalls = false;
        if (LiteralAt() is { } literal)
        {
            kind = TokenKind.Text;
            hasCalls = literal();
        }
        else if (char.IsAsciiDigit(text[start]))
        {
            kind = TokenKind.Number;
            SkipWord();
        }
        else if (IsWordPart(text[start]))
        {
            kind = TokenKind.Word;
            SkipWord();
        }
        else
        {
            _position += Array.Exists(Pairs, pair => string.CompareOrdinal(text, start, pair, 0, 2) == 0) ? 2 : 1;
        }

        var token = new Token(kind, start, _position - start, hasCalls);
        _last = token;
        return token;
    }

    private void SkipBlank()
    {
        while (_position < text.Length)
        {
            var character = text[_position];
            if (char.IsWhiteSpace(character))
            {
                _position++;
            }
            else if (character == '/' && Peek(1) == '/')
            {
                Comment(LineEnd(_position));
            }
            else if (character == '/' && Peek(1) == '*')
            {
                var end = text.IndexOf("*/", _position + 2, StringComparison.Ordinal);
                Comment(end < 0 ? text.Length : end + 2);
            }
            else if (IsCSharp && character == '#' && IsFirstOfLine())
            {
                _position = LineEnd(_position);
            }
            else
            {
                return;
            }
        }
    }

    private void Comment(int end)
    {
        var said = text.AsSpan(_position, end - _position);
        if (said.Contains(Ignore, StringComparison.Ordinal))
        {
            if (said.Contains(Ignore + "-file", StringComparison.Ordinal))
            {
                IgnoresFile = true;
            }
            else
            {
                _ignoredAt.Add(end - 1);
            }
        }

        _position = end;
    }

    /// <summary>What reads the literal that begins here; null when none does. It answers whether a hole has a call.</summary>
    private Func<bool>? LiteralAt()
    {
        var character = text[_position];
        if (IsCSharp)
        {
            var quote = _position;
            while (quote < text.Length && text[quote] is '$' or '@')
            {
                quote++;
            }

            return quote < text.Length && text[quote] == '"' ? () => CSharpText(quote)
                : character == '\'' && CharacterEnd() is { } end ? () => Plain(end)
                : null;
        }

        return character switch
        {
            '"' or '\'' => () => Plain(QuoteEnd(_position + 1, character)),
            '`' => Template,
            '/' when RegexEnd() is { } end => () => Plain(end),
            _ => null,
        };
    }

    private bool Plain(int end)
    {
        _position = end;
        return false;
    }

    private bool CSharpText(int quote)
    {
        var prefix = text.AsSpan(_position, quote - _position);
        var quotes = 1;
        while (quote + quotes < text.Length && text[quote + quotes] == '"')
        {
            quotes++;
        }

        if (quotes >= 3)
        {
            var end = text.IndexOf(new string('"', quotes), quote + quotes, StringComparison.Ordinal);
            var isBuilt = prefix.Contains('$') && end >= 0
                && text.AsSpan(quote, end - quote).Contains("string.Join", StringComparison.Ordinal);
            _position = end < 0 ? text.Length : end + quotes;
            while (_position < text.Length && text[_position] == '"')
            {
                _position++;
            }

            return isBuilt;
        }

        var isVerbatim = prefix.Contains('@');
        var hasHoles = prefix.Contains('$');
        if (!hasHoles)
        {
            return Plain(isVerbatim ? VerbatimEnd(quote + 1) : QuoteEnd(quote + 1, '"'));
        }

        var hasCalls = false;
        _position = quote + 1;
        while (_position < text.Length)
        {
            switch (text[_position])
            {
                case '"' when isVerbatim && Peek(1) == '"':
                case '{' when Peek(1) == '{':
                    _position += 2;
                    break;
                case '\\' when !isVerbatim:
                    _position += 2;
                    break;
                case '"':
                    _position++;
                    return hasCalls;
                case '\n' when !isVerbatim:
                    return hasCalls;
                case '{':
                    hasCalls |= Hole(1);
                    break;
                default:
                    _position++;
                    break;
            }
        }

        _position = text.Length;
        return hasCalls;
    }

    private bool Template()
    {
        var hasCalls = false;
        _position++;
        while (_position < text.Length)
        {
            switch (text[_position])
            {
                case '\\':
                    _position += 2;
                    break;
                case '`':
                    _position++;
                    return hasCalls;
                case '$' when Peek(1) == '{':
                    hasCalls |= Hole(2);
                    break;
                default:
                    _position++;
                    break;
            }
        }

        _position = text.Length;
        return hasCalls;
    }

    /// <summary>Reads a hole with code in it, whose opening has some characters; whether it calls anything.</summary>
    private bool Hole(int opening)
    {
        _position += opening;
        if (_depth >= DepthMax)
        {
            return false;
        }

        _depth++;
        var before = _last;
        _last = null;
        var hasCalls = false;
        for (var open = 1; open > 0 && Next() is { } token;)
        {
            if (token.Kind == TokenKind.Symbol)
            {
                var symbol = text[token.Start];
                hasCalls |= symbol == '(';
                open += symbol switch
                {
                    '{' => 1,
                    '}' => -1,
                    _ => 0,
                };
            }
        }

        _last = before;
        _depth--;
        return hasCalls;
    }

    /// <summary>The end of a text in quotes; where it has none, the end of the line.</summary>
    private int QuoteEnd(int from, char quote)
    {
        for (var index = from; index < text.Length; index++)
        {
            if (text[index] == '\\')
            {
                index++;
            }
            else if (text[index] == quote)
            {
                return index + 1;
            }
            else if (text[index] == '\n')
            {
                return index;
            }
        }

        return text.Length;
    }

    private int VerbatimEnd(int from)
    {
        for (var index = from; index < text.Length; index++)
        {
            if (text[index] == '"')
            {
                if (index + 1 >= text.Length || text[index + 1] != '"')
                {
                    return index + 1;
                }

                index++;
            }
        }

        return text.Length;
    }

    // '\u{1F41F}' is the longest; what is longer is no character but an apostrophe.
    private int? CharacterEnd()
    {
        for (var index = _position + 1; index < Math.Min(text.Length, _position + 14) && text[index] != '\n'; index++)
        {
            if (text[index] == '\\')
            {
                index++;
            }
            else if (text[index] == '\'')
            {
                return index + 1;
            }
        }

        return null;
    }

    /// <summary>The end of the regular expression that begins here; null when the slash is none.</summary>
    private int? RegexEnd()
    {
        if (Peek(1) is '>' or '=' or '\0' || _last is { } last && last.Kind switch
        {
            TokenKind.Number or TokenKind.Text => true,
            TokenKind.Word => !WordsBeforeRegex.Contains(text.Substring(last.Start, last.Length)),

            // After "<" it closes an element of JSX.
            _ => text[last.Start] is ')' or ']' or '}' or '<',
        })
        {
            return null;
        }

        var isClass = false;
        for (var index = _position + 1; index < Math.Min(text.Length, _position + RegexCharactersMax) && text[index] != '\n'; index++)
        {
            switch (text[index])
            {
                case '\\':
                    index++;
                    break;
                case '[':
                    isClass = true;
                    break;
                case ']':
                    isClass = false;
                    break;
                case '/' when !isClass:
                    return index + 1;
                default:
                    break;
            }
        }

        return null;
    }

    private bool IsFirstOfLine()
    {
        for (var index = _position - 1; index >= 0 && text[index] != '\n'; index--)
        {
            if (!char.IsWhiteSpace(text[index]))
            {
                return false;
            }
        }

        return true;
    }

    private bool IsWordPart(char character) =>
        char.IsLetterOrDigit(character) || character is '_' || !IsCSharp && character is '$' or '#';

    private void SkipWord()
    {
        while (_position < text.Length && IsWordPart(text[_position]))
        {
            _position++;
        }
    }

    private int LineEnd(int from)
    {
        var end = text.IndexOf('\n', from);
        return end < 0 ? text.Length : end;
    }

    private char Peek(int ahead) => _position + ahead < text.Length ? text[_position + ahead] : '\0';
}
