namespace Shoal.Cli.Lint;

/// <summary>Calls one after the other: <c>env.DB.prepare(sql).bind(1).run()</c>.</summary>
internal sealed class CallChain
{
    /// <summary>Tokens before a method's name; what has more of them was made by a machine.</summary>
    private const int TokensMax = 2_000;

    private readonly SourceCode _code;

    private CallChain(SourceCode code, int first, int last, IReadOnlyList<(string Name, int Open)> calls)
    {
        _code = code;
        First = first;
        Last = last;
        Calls = calls;
    }

    /// <summary>Its first token.</summary>
    public int First { get; }

    /// <summary>Its last token.</summary>
    public int Last { get; }

    /// <summary>Names of the methods and the opening brackets of their arguments, in order.</summary>
    public IReadOnlyList<(string Name, int Open)> Calls { get; }

    /// <summary>The name that it begins with.</summary>
    public string Root => _code.Text(First).ToString();

    /// <summary>Whether <c>await</c> stands before it.</summary>
    public bool IsAwaited => _code.Is(First - 1, "await");

    /// <summary>The chain around a method's name; null when it is none.</summary>
    public static CallChain? Around(SourceCode code, int name)
    {
        var first = name;
        while (first > 0 && IsDot(code, first - 1))
        {
            if (name - first > TokensMax)
            {
                return null;
            }

            var before = first - 2;

            // TypeScript's "!": it is not null.
            if (before >= 0 && code.Is(before, "!"))
            {
                before--;
            }

            while (before >= 0 && (code.Is(before, ")") || code.Is(before, "]")) && code.Match(before) > 0 && !code.IsWord(before))
            {
                before = code.BeforeTypeArguments(code.Match(before) - 1);
            }

            if (before < 0 || !code.IsWord(before))
            {
                return null;
            }

            first = before;
        }

        var calls = new List<(string, int)>();
        var last = first;
        for (var index = first; index < code.Count;)
        {
            if (code.IsWord(index))
            {
                var called = index;
                last = index;
                index = code.AfterTypeArguments(index + 1);
                if (index < code.Count && code.Is(index, "(") && code.Match(index) > index)
                {
                    calls.Add((code.Text(called).ToString(), index));
                    last = code.Match(index);
                    index = last + 1;
                }
                else if (index < code.Count && code.Is(index, "[") && code.Match(index) > index)
                {
                    last = code.Match(index);
                    index = last + 1;
                }

                index += index < code.Count && code.Is(index, "!") ? 1 : 0;
            }
            else if (IsDot(code, index))
            {
                index++;
            }
            else
            {
                break;
            }

            if (index < code.Count && !IsDot(code, index) && !(code.IsWord(index) && IsDot(code, index - 1)))
            {
                break;
            }
        }

        return calls.Count > 0 && last >= name ? new CallChain(code, first, last, calls) : null;
    }

    /// <summary>Number of the call with one of these names, from the end; -1 for none.</summary>
    public int LastCall(params ReadOnlySpan<string> names)
    {
        for (var index = Calls.Count - 1; index >= 0; index--)
        {
            if (names.Contains(Calls[index].Name))
            {
                return index;
            }
        }

        return -1;
    }

    public bool HasCall(params ReadOnlySpan<string> names) => LastCall(names) >= 0;

    /// <summary>Whether a call has no arguments.</summary>
    public bool IsEmpty(int call) => _code.Match(Calls[call].Open) == Calls[call].Open + 1;

    private static bool IsDot(SourceCode code, int index) => code.Is(index, ".") || code.Is(index, "?.");
}
