namespace Shoal.Cli.Lint;

/// <summary>Finds writes of single rows in loops, in the text of one file.</summary>
/// <remarks>
/// Without a compiler: names decide, not types. A write inside of a function that a loop calls is not found, and neither is one
/// whose SQL is in a variable of another file. The analyzers of <c>Shoal.Analyzers</c> know the types.
/// </remarks>
internal static class SourceLinter
{
    public static IReadOnlyList<LintFinding> Lint(string file, string text, SourceLanguage language)
    {
        var code = new SourceCode(text, language);
        var findings = new List<LintFinding>();
        var seen = new HashSet<int>();
        for (var index = 2; index < code.Count - 1 && !code.IgnoresFile; index++)
        {
            if (!code.IsWord(index) || !code.Is(code.AfterTypeArguments(index + 1), "(")
                || !code.Is(index - 1, ".") && !code.Is(index - 1, "?.")
                || !WriteRules.MayWrite(code.Text(index)) || CallChain.Around(code, index) is not { } chain || !seen.Add(chain.First))
            {
                continue;
            }

            if (RowLoop.Around(code, chain) is { } loop && WriteRules.Of(code, chain, loop) is { } rule
                && !code.IsIgnored(code.Line(chain.First)) && !code.IsIgnored(code.Line(index)))
            {
                var line = code.Line(chain.First);
                var source = code.LineText(line);
                var column = code.Column(chain.First);
                var end = code.Line(chain.Last) == line ? code.Column(chain.Last) + code[chain.Last].Length : source.Length + 1;
                findings.Add(new LintFinding(file, line, column, Math.Max(1, end - column), source, rule, loop.Words, loop.IsConcurrent));
            }
        }

        return findings;
    }
}
