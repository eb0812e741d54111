using System.Text;

namespace Shoal.Items.Partiql;

/// <summary>The tokens of a PartiQL statement, one after the other, and errors with DynamoDB's texts.</summary>
/// <remarks>Cost: linear in the text, whose length is checked first; a parser looks one token ahead and never goes back.</remarks>
internal sealed class PartiqlReader
{
    private const string NotWellFormed = "Statement wasn't well formed, can't be processed: ";

    private static readonly string[] LongSymbols = ["<=", ">=", "<>", "!=", "<<", ">>"];

    private readonly string _text;
    private readonly List<PartiqlToken> _tokens = [];
    private int _at;
    private int _depth;

    /// <exception cref="ItemException">It holds what is no token.</exception>
    public PartiqlReader(string text)
    {
        _text = text;
        Split();
    }

    public PartiqlToken Current => _tokens[_at];

    public PartiqlToken Next => _tokens[Math.Min(_at + 1, _tokens.Count - 1)];

    public bool IsAtEnd => Current.Kind == PartiqlTokenKind.End;

    public static ItemException Malformed(string what) => ItemException.Validation(NotWellFormed + what);

    public PartiqlToken Take() => IsAtEnd ? Current : _tokens[_at++];

    public bool TryTake(string symbol)
    {
        var found = Current.Is(symbol);
        _at += found ? 1 : 0;
        return found;
    }

    public bool TryTakeWord(string word)
    {
        var found = Current.IsWord(word);
        _at += found ? 1 : 0;
        return found;
    }

    public void Expect(string symbol, string name)
    {
        if (!TryTake(symbol))
        {
            throw Malformed("Expected " + name);
        }
    }

    public void ExpectWord(string word)
    {
        if (!TryTakeWord(word))
        {
            throw Malformed("Expected " + word);
        }
    }

    /// <summary>A name, in quotes or not.</summary>
    public PartiqlToken ExpectName(string what) =>
        Current.Kind is PartiqlTokenKind.Name or PartiqlTokenKind.Word ? Take() : throw Malformed("Expected " + what);

    /// <summary>The statement must be over.</summary>
    public void ExpectEnd()
    {
        TryTake(";");
        if (!IsAtEnd)
        {
            throw Malformed("Unexpected token after expression");
        }
    }

    /// <summary>One level deeper, until <see cref="Leave"/>.</summary>
    public void Enter()
    {
        if (++_depth > ItemLimits.ExpressionDepthMax)
        {
            throw Malformed("The statement is nested too deeply");
        }
    }

    public void Leave() => _depth--;

    /// <summary>Where a token is, as errors show it: line, column and length, both counted from 1.</summary>
    public string PlaceOf(in PartiqlToken token)
    {
        var before = _text.AsSpan(0, token.Offset);
        return FormattableString.Invariant(
            $"{before.Count('\n') + 1}:{token.Offset - before.LastIndexOf('\n')}:{token.Length}");
    }

    private void Split()
    {
        var at = 0;
        while (SkipBlanks(ref at))
        {
            var start = at;
            var character = _text[at];
            if (character is '\'' or '"')
            {
                var text = ReadQuoted(ref at);
                Add(character == '"' ? PartiqlTokenKind.Name : PartiqlTokenKind.Text, text, start, at);
            }
            else if (char.IsAsciiLetter(character) || character is '_' or '$')
            {
                at = SkipWhile(at, static c => char.IsAsciiLetterOrDigit(c) || c is '_' or '$');
                Add(PartiqlTokenKind.Word, _text[start..at], start, at);
            }
            else if (char.IsAsciiDigit(character)
                || (character == '.' && at + 1 < _text.Length && char.IsAsciiDigit(_text[at + 1]) && !EndsPath()))
            {
                at = SkipNumber(at);
                Add(PartiqlTokenKind.Number, _text[start..at], start, at);
            }
            else
            {
                at += Array.Exists(LongSymbols, symbol => string.CompareOrdinal(_text, start, symbol, 0, 2) == 0) ? 2 : 1;
                var symbol = _text[start..at];
                if (symbol.Length == 1 && !"=<>()[]{},.:*?+-;".Contains(symbol[0], StringComparison.Ordinal))
                {
                    throw Malformed("");
                }

                Add(PartiqlTokenKind.Symbol, symbol, start, at);
            }
        }

        Add(PartiqlTokenKind.End, "", _text.Length, _text.Length);
    }

    private void Add(PartiqlTokenKind kind, string text, int start, int end) =>
        _tokens.Add(new PartiqlToken(kind, text, start, end - start));

    /// <summary>Whether a point would continue a path rather than begin a number.</summary>
    private bool EndsPath() => _tokens.Count > 0
        && (_tokens[^1].Kind is PartiqlTokenKind.Word or PartiqlTokenKind.Name || _tokens[^1].Is("]"))
        && _tokens[^1].Offset + _tokens[^1].Length == _text.IndexOf('.', _tokens[^1].Offset + _tokens[^1].Length);

    /// <summary>Moves to the next character that is neither blank nor comment; false at the end.</summary>
    private bool SkipBlanks(ref int at)
    {
        while (at < _text.Length)
        {
            if (char.IsWhiteSpace(_text[at]))
            {
                at++;
            }
            else if (string.CompareOrdinal(_text, at, "--", 0, 2) == 0)
            {
                at = SkipWhile(at, static c => c is not ('\n' or '\r'));
            }
            else if (string.CompareOrdinal(_text, at, "/*", 0, 2) == 0)
            {
                var end = _text.IndexOf("*/", at + 2, StringComparison.Ordinal);
                at = end < 0 ? throw Malformed("") : end + 2;
            }
            else
            {
                return true;
            }
        }

        return false;
    }

    private string ReadQuoted(ref int at)
    {
        var quote = _text[at++];
        var text = new StringBuilder();
        while (true)
        {
            var end = _text.IndexOf(quote, at);
            if (end < 0)
            {
                throw Malformed("");
            }

            text.Append(_text, at, end - at);
            at = end + 1;
            if (at == _text.Length || _text[at] != quote)
            {
                return text.ToString();
            }

            text.Append(quote);
            at++;
        }
    }

    private int SkipNumber(int at)
    {
        at = SkipWhile(at, char.IsAsciiDigit);
        if (at < _text.Length && _text[at] == '.')
        {
            at = SkipWhile(at + 1, char.IsAsciiDigit);
        }

        if (at < _text.Length && _text[at] is 'e' or 'E')
        {
            var digits = at + 1 < _text.Length && _text[at + 1] is '+' or '-' ? at + 2 : at + 1;
            if (digits < _text.Length && char.IsAsciiDigit(_text[digits]))
            {
                return SkipWhile(digits, char.IsAsciiDigit);
            }
        }

        return at;
    }

    private int SkipWhile(int at, Func<char, bool> goesOn)
    {
        while (at < _text.Length && goesOn(_text[at]))
        {
            at++;
        }

        return at;
    }
}
