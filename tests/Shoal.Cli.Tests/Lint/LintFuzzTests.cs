using System.Diagnostics;
using System.Globalization;
using Shoal.Cli.Lint;

namespace Shoal.Cli.Tests.Lint;

/// <summary>Goal: no text whatever makes the scanner fail or run on. Method: random text of the pieces that matter, and the corpus cut up.</summary>
public sealed class LintFuzzTests
{
    private static readonly string[] Pieces =
    [
        "for (", "for await (", "foreach (", "while (", "do {", "if (", "=>", "function", "(", ")", "[", "]", "{", "}", ";", ",", ".", "?.",
        "`", "${", "'", "\"", "\"\"\"", "$\"", "@\"", "$@\"", "$$\"\"\"", "\\", "/", "//", "/*", "*/", "#", "\n", "\r\n", " ", "\t", "!", "<", ">",
        "=", "+=", "%", "1", "await ", "return ", "const x = ", "row", "of ", "in ", "db", ".prepare(", "'INSERT INTO t VALUES (?)'", ".bind(",
        ".run()", ".RunAsync()", ".SaveChanges()", ".insert(t).values(", ".forEach(", ".map(", "Promise.all(", "é", "\0", "\ud83d", "日本", "class ",
        "shoal-lint-ignore",
    ];

    [Fact]
    public void No_text_makes_it_fail()
    {
        var seed = Environment.GetEnvironmentVariable("SHOAL_TEST_SEED") is { } given ? int.Parse(given, CultureInfo.InvariantCulture) : Environment.TickCount;
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}: SHOAL_TEST_SEED={seed} repeats it");
        var random = new Random(seed);
        var corpus = Directory.GetFiles(Repository.Path("tests/Shoal.Cli.Tests/Lint/Corpus")).Select(File.ReadAllText).ToArray();
        for (var round = 0; round < 2_000; round++)
        {
            var text = round % 4 == 0 ? Cut(random, corpus[random.Next(corpus.Length)])
                : string.Concat(Enumerable.Range(0, random.Next(1, 120)).Select(_ => Pieces[random.Next(Pieces.Length)]));
            foreach (var language in Enum.GetValues<SourceLanguage>())
            {
                CheckOne(text, language);
            }
        }
    }

    [Theory]
    [InlineData("(")]
    [InlineData("{")]
    [InlineData("}")]
    [InlineData("`${")]
    [InlineData("$\"{")]
    [InlineData("for (x of y) ")]
    [InlineData("a.run(")]
    [InlineData("x => ")]
    [InlineData("a.run().")]
    [InlineData("/* ")]
    public void Deep_and_long_repetitions_neither_overflow_nor_run_on(string piece)
    {

        var text = string.Concat(Enumerable.Repeat(piece, 20_000)) + "db.prepare('INSERT INTO t VALUES (?)').bind(1).run()";
        foreach (var language in Enum.GetValues<SourceLanguage>())
        {
            CheckOne(text, language);
        }
    }

    private static void CheckOne(string text, SourceLanguage language)
    {
        try
        {
            var tokens = new SourceLexer(text, language).Read();
            var end = 0;
            foreach (var token in tokens)
            {
                Assert.True(token.Start >= end && token.Length > 0 && token.Start + token.Length <= text.Length, "tokens overlap");
                end = token.Start + token.Length;
            }

            foreach (var finding in SourceLinter.Lint("a", text, language))
            {
                Assert.InRange(finding.Column, 1, finding.Source.Length + 1);
                Assert.InRange(finding.Line, 1, text.Length + 1);
            }
        }
        catch (Exception error) when (error is not UnreachableException)
        {
            throw new InvalidOperationException($"{language}: {error.Message}\n{text[..Math.Min(text.Length, 2_000)]}", error);
        }
    }

    private static string Cut(Random random, string text)
    {
        var from = random.Next(text.Length);
        var to = random.Next(from, text.Length);
        return random.Next(2) == 0 ? text[from..to] : text.Remove(from, Math.Min(to - from, random.Next(1, 20)));
    }
}
