using System.Text.RegularExpressions;

namespace Shoal.Cli.Lint;

/// <summary>What runs a call once per row: a loop, or a function that is called for each element.</summary>
/// <remarks>
/// Told from words and brackets. Not taken for one: loops over chunks, loops that are left after the call (retries), loops that
/// wait between turns, calls every some turns, and functions that are kept for later.
/// </remarks>
/// <param name="Words">For a message, with an article.</param>
/// <param name="IsConcurrent">Whether all rows may be on their way at once.</param>
/// <param name="Header">The first token of what declares the names of a turn.</param>
/// <param name="First">The first token of the body; of a function its arrow.</param>
/// <param name="Last">The last token of the body.</param>
internal sealed partial record RowLoop(string Words, bool IsConcurrent, int Header, int First, int Last)
{
    private const RegexOptions Options = RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture;
    private const int StepsMax = 100_000;

    private static readonly string[] Iterating =
        ["forEach", "map", "flatMap", "each", "ForEach", "Select", "ForEachAsync", "ForAsync", "ForAll"];

    /// <summary>These run the function that they get where they stand.</summary>
    private static readonly string[] Passing =
        ["Run", "StartNew", "limit", "retry", "pRetry", "withRetry", "backOff", "waitUntil", "then", "ExecuteAsync"];

    /// <summary>The innermost one around a call; null when it runs once, or for many rows.</summary>
    public static RowLoop? Around(SourceCode code, CallChain chain)
    {
        var leaves = LeavesAfter(code, chain.Last);
        var next = chain.First;
        var index = next - 1;
        for (var step = 0; index >= 0 && step < StepsMax; step++)
        {
            if (code.Is(index, ";") || code.Is(index, "}") || IsEndOfStatement(code, index, next))
            {
                // What stands before is another statement: on with the bracket around both.
                next = code.Parent(index);
                index = next;
                continue;
            }

            if (code.Is(index, "=>") || code.Is(index, "function"))
            {
                if (Function(code, index, out var passedOn) is { } loop)
                {
                    return loop.IsBatched(code) ? null : loop;
                }

                if (passedOn < 0)
                {
                    return null;
                }

                leaves = false;
                next = index = passedOn;
                continue;
            }

            if (code.Is(index, "return") && !code.Is(code.Parent(index), "("))
            {
                leaves = true;
            }

            var isBody = code.Is(index, ")") || code.Is(index, "{") && index > 0 && code.Is(index - 1, ")");
            var header = code.Is(index, "{") ? index - 1 : index;
            if (isBody && code.Match(header) > 0)
            {
                var open = code.Match(header);
                switch (Keyword(code, open))
                {
                    case "for" or "foreach" or "while" when header != chain.Last:
                        var loop = Loop(code, open, header, leaves, chain.Last);
                        if (loop is not null)
                        {
                            return loop.IsBatched(code) || IsChunked(code, open, header) ? null : loop;
                        }

                        leaves = false;
                        break;
                    case "if" when IsEverySome(code, open, header):
                        return null;
                    case "" when code.Is(index, "{"):
                        // A function with a name, or a method; a function(…) { … } is an argument.
                        if (!code.Is(open - 1, "function"))
                        {
                            return null;
                        }

                        break;
                    default:
                        break;
                }

                next = open;
                index = open - 1;
                continue;
            }

            if (code.Is(index, "{") && code.Is(index - 1, "do"))
            {
                return leaves || IsPaced(code, index, code.Match(index)) ? null
                    : new RowLoop("a do loop", IsConcurrent: false, index, index, code.Match(index));
            }

            if (code.Is(index, "class") || code.Is(index, "interface") || code.Is(index, "namespace"))
            {
                return null;
            }

            next = index;
            index = (code.Is(index, ")") || code.Is(index, "]")) && code.Match(index) >= 0 ? code.Match(index) - 1 : index - 1;
        }

        return null;
    }

    /// <summary>Whether a name is another thing in each turn: declared by the loop, or in its body before a token.</summary>
    public bool Declares(SourceCode code, string name, int before)
    {
        for (var index = Header + 1; index < before; index++)
        {
            if (code.Is(index, name) && !code.Is(index - 1, ".") && (code.Text(index + 1) is "=" or "of" or "in" or "=>"
                || IsConcurrent && index < First && code.Text(index + 1) is ")" or ","))
            {
                return true;
            }
        }

        return false;
    }

    private static RowLoop? Loop(SourceCode code, int open, int close, bool leaves, int last)
    {
        var keyword = Keyword(code, open);
        var isElements = keyword == "foreach" || code.HasWord(open, close, static word => word is "of" or "in");
        var first = close + 1;
        var end = code.Is(first, "{") && code.Match(first) > 0 ? code.Match(first) : last;
        if (leaves || code.HasWord(open, close, static word => Retry().IsMatch(word)) || !isElements && IsPaced(code, open, end))
        {
            return null;
        }

        var await = code.Is(open - 1, "await") || code.Is(open - 2, "await") ? "await " : "";
        var words = (keyword, await) switch
        {
            ("for", "await ") => "a for await loop",
            ("for", _) when isElements => "a for…of loop",
            _ => $"{(await.Length > 0 ? "an" : "a")} {await}{keyword} loop",
        };
        return new RowLoop(words, IsConcurrent: false, open, first, end);
    }

    /// <summary>The function that begins here, as an argument.</summary>
    /// <param name="code">Where.</param>
    /// <param name="arrow">Its arrow, or the word <c>function</c>.</param>
    /// <param name="passedOn">Where to go on when the call runs the function where it stands; -1 when it is kept for later.</param>
    private static RowLoop? Function(SourceCode code, int arrow, out int passedOn)
    {
        passedOn = -1;
        var open = code.Parent(arrow);
        if (open <= 0 || !code.Is(open, "(") || !code.IsWord(open - 1))
        {
            return null;
        }

        var name = code.Text(open - 1).ToString();
        if (Passing.Contains(name, StringComparer.Ordinal))
        {
            passedOn = open - 1;
            return null;
        }

        if (!Iterating.Contains(name, StringComparer.Ordinal) || open < 2 || !code.Is(open - 2, ".") && !code.Is(open - 2, "?."))
        {
            return null;
        }

        var receiver = CallChain.Around(code, open - 1);
        var isChunked = receiver is not null && (code.HasWord(receiver.First, open - 2, static word => Chunk().IsMatch(word))
            || code.HasWord(open + 1, arrow, static word => ChunkElement().IsMatch(word)));
        var isParallel = code.Is(open - 3, "Parallel");
        return new RowLoop(isParallel ? $"Parallel.{name}" : code.Language == SourceLanguage.CSharp ? $"a {name}" : $"a .{name}() callback",
            IsConcurrent: true, open, arrow, isChunked ? -1 : code.Match(open));
    }

    private bool IsBatched(SourceCode code) => Last < 0 || First >= code.Count;

    private static bool IsChunked(SourceCode code, int open, int close)
    {
        // i += 100
        for (var index = open; index < close; index++)
        {
            if (code.Is(index, "+=") && !code.Text(index + 1).SequenceEqual("1"))
            {
                return true;
            }
        }

        return code.HasWord(open, close, static word => Chunk().IsMatch(word) || ChunkElement().IsMatch(word));
    }

    private static bool IsPaced(SourceCode code, int first, int last) => code.HasWord(first, last, static word => Wait().IsMatch(word));

    /// <summary>A condition such as <c>i % 100 === 0</c> or <c>rows.length &gt;= 100</c>.</summary>
    private static bool IsEverySome(SourceCode code, int open, int close)
    {
        for (var index = open + 1; index < close; index++)
        {
            var isCount = code.Text(index) is "length" or "Length" or "size" or "Count" or "count";
            if (code.Is(index, "%")
                || isCount && code.Text(index + 1) is ">=" or ">" or "==" && code.Text(index + 2) is not ("0" or "1" or "="))
            {
                return true;
            }
        }

        return false;
    }

    private static string Keyword(SourceCode code, int open)
    {
        var index = open - 1;
        if (code.Is(index, "await"))
        {
            index--;
        }

        return code.Text(index).ToString() switch
        {
            "for" => "for",
            "foreach" => "foreach",
            "while" => "while",
            "if" => "if",
            "switch" or "catch" or "using" or "lock" or "fixed" or "with" => "other",
            _ => "",
        };
    }

    /// <summary>Whether the statement of a call is followed by one that leaves the block.</summary>
    private static bool LeavesAfter(SourceCode code, int last)
    {
        var index = last + 1;
        while (index < code.Count && (code.Is(index, ")") || code.Is(index, ".") || code.Is(index, "ConfigureAwait") || code.Is(index, "(")
            || code.Is(index, "false") || code.Is(index, ";")))
        {
            index++;
        }

        return code.Is(index, "break") || code.Is(index, "return") || code.Is(index, "throw");
    }

    /// <summary>Whether JavaScript ends a statement between two tokens because the line does.</summary>
    private static bool IsEndOfStatement(SourceCode code, int index, int next)
    {
        if (code.Language != SourceLanguage.JavaScript || next >= code.Count || next < 0 || code.Line(index) == code.Line(next)
            || !code.Is(code.Parent(index), "{") && code.Parent(index) >= 0)
        {
            return false;
        }

        var ends = code.Is(index, "]") || code.IsText(index) || code[index].Kind == TokenKind.Number
            || code.IsWord(index) && !(code.Text(index)
                is "await" or "return" or "else" or "do" or "of" or "in" or "function" or "const" or "let")
            || code.Is(index, ")") && code.Match(index) >= 0 && Keyword(code, code.Match(index)).Length == 0;
        return ends && (code.IsWord(next) || code.IsText(next)) && !(code.Text(next) is "of" or "in" or "instanceof");
    }

    [GeneratedRegex("^(attempts?|retry|retries|tries)$", Options | RegexOptions.IgnoreCase)]
    private static partial Regex Retry();

    [GeneratedRegex("^(setTimeout|sleep|delay|Delay|Sleep|WaitForNextTickAsync)$", Options)]
    private static partial Regex Wait();

    [GeneratedRegex("chunk|^(in)?batch(es|ed)?$|^groups?$|^pages?$|^GroupBy$|^slices?$", Options | RegexOptions.IgnoreCase)]
    private static partial Regex Chunk();

    [GeneratedRegex("^(batch|part|slice|page)$", Options | RegexOptions.IgnoreCase)]
    private static partial Regex ChunkElement();
}
