using System.Text;

namespace Shoal.Items.Expressions;

/// <summary>The tokens of an expression, one after the other, and errors that say where.</summary>
/// <remarks>
/// Cost: linear in the text, whose length is checked before anything else; a parser looks one token ahead and never goes back.
/// </remarks>
internal sealed class ExpressionReader
{
    private readonly string _kind;
    private readonly string _text;
    private readonly List<ExpressionToken> _tokens;
    private int _at;
    private int _depth;
    private int _operators;

    /// <param name="kind">What errors call it, such as <c>ConditionExpression</c>.</param>
    /// <param name="text">The expression.</param>
    /// <exception cref="ItemException">It is empty or too long.</exception>
    public ExpressionReader(string kind, string text)
    {
        _kind = kind;
        _text = text;
        if (text.Length == 0)
        {
            throw Fail("The expression can not be empty;");
        }

        if (text.Length > ItemLimits.ExpressionBytesMax || Encoding.UTF8.GetByteCount(text) > ItemLimits.ExpressionBytesMax)
        {
            throw Fail("Expression size has exceeded the maximum allowed size; expression size: "
                + Encoding.UTF8.GetByteCount(text));
        }

        _tokens = Split(text);
    }

    public ExpressionToken Current => _tokens[_at];

    /// <summary>How many tokens have been taken.</summary>
    public int Position => _at;

    public bool IsAtEnd => Current.Kind == TokenKind.End;

    public ExpressionToken Next => _tokens[Math.Min(_at + 1, _tokens.Count - 1)];

    public ExpressionToken Take()
    {
        var token = Current;
        if (token.Kind != TokenKind.End)
        {
            _at++;
        }

        return token;
    }

    /// <summary>Undoes one <see cref="Take"/>, so that an error points at the token.</summary>
    public void StepBack() => _at = Math.Max(_at - 1, 0);

    public bool TryTake(string symbol)
    {
        if (!Current.Is(symbol))
        {
            return false;
        }

        _at++;
        return true;
    }

    public bool TryTakeWord(string word)
    {
        if (!Current.IsWord(word))
        {
            return false;
        }

        _at++;
        return true;
    }

    public void Expect(string symbol)
    {
        if (!TryTake(symbol))
        {
            throw SyntaxError();
        }
    }

    /// <summary>One more operator or function.</summary>
    public void CountOperator()
    {
        if (++_operators > ItemLimits.ExpressionOperatorsMax)
        {
            throw Fail($"The expression contains too many operators; operator count: {_operators}");
        }
    }

    /// <summary>One level deeper, until <see cref="Leave"/>.</summary>
    public void Enter()
    {
        if (++_depth > ItemLimits.ExpressionDepthMax)
        {
            throw Fail("The expression is nested too deeply;");
        }
    }

    public void Leave() => _depth--;

    public ItemException Fail(string message) => ItemException.Validation($"Invalid {_kind}: {message}");

    /// <summary>The current token can not stand here.</summary>
    public ItemException SyntaxError()
    {
        var token = Current.Kind == TokenKind.End ? "<EOF>" : Current.Text;
        var first = _tokens[Math.Max(_at - 1, 0)].Offset;
        var last = _tokens[Math.Min(_at + 1, _tokens.Count - 1)];
        var near = _text[first..(last.Offset + last.Text.Length)].Trim();
        return new ItemException(ItemErrorKind.Validation,
            $"Invalid {_kind}: Syntax error; token: \"{token}\", near: \"{near}\"")
        {
            Position = Current.Offset,
        };
    }

    private static List<ExpressionToken> Split(string text)
    {
        var tokens = new List<ExpressionToken>();
        var at = 0;
        while (at < text.Length)
        {
            var start = at;
            var character = text[at++];
            if (character is ' ' or '\t' or '\r' or '\n')
            {
                continue;
            }

            var kind = TokenKind.Symbol;
            if (char.IsAsciiLetter(character) || character == '_')
            {
                kind = TokenKind.Word;
                at = SkipWord(text, at);
            }
            else if (character is '#' or ':')
            {
                kind = character == '#' ? TokenKind.NamePlaceholder : TokenKind.ValuePlaceholder;
                at = SkipWord(text, at);
            }
            else if (char.IsAsciiDigit(character))
            {
                kind = TokenKind.Digits;
                while (at < text.Length && char.IsAsciiDigit(text[at]))
                {
                    at++;
                }
            }
            else if (character is '<' or '>')
            {
                at += at < text.Length && (text[at] == '=' || (character == '<' && text[at] == '>')) ? 1 : 0;
            }
            else if (character is not ('=' or '(' or ')' or '[' or ']' or ',' or '.' or '+' or '-'))
            {
                kind = TokenKind.Unknown;
            }

            tokens.Add(new ExpressionToken(kind, text[start..at], start));
        }

        tokens.Add(new ExpressionToken(TokenKind.End, "", text.Length));
        return tokens;
    }

    private static int SkipWord(string text, int at)
    {
        while (at < text.Length && (char.IsAsciiLetterOrDigit(text[at]) || text[at] == '_'))
        {
            at++;
        }

        return at;
    }
}
