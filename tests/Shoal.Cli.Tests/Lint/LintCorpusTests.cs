using System.Text.RegularExpressions;
using Shoal.Cli.Lint;

namespace Shoal.Cli.Tests.Lint;

/// <summary>Goal: what is per row is found, and nothing else. Method: files whose lines say what is to be found in them.</summary>
public sealed partial class LintCorpusTests
{
    public static TheoryData<string> Files => [.. Directory.EnumerateFiles(Repository.Path("tests/Shoal.Cli.Tests/Lint/Corpus"))
        .Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Files))]
    public void The_lines_that_are_marked_are_found_and_no_others(string file)
    {
        var text = File.ReadAllText(Repository.Path("tests/Shoal.Cli.Tests/Lint/Corpus/" + file));
        var name = file[..^".txt".Length];

        // "!-ID" marks a call that begins two lines above.
        var wanted = text.Split('\n').SelectMany((line, index) => Mark().Matches(line)
            .Select(match => $"{index + 1 - (match.Groups[1].Length > 0 ? 2 : 0)} {match.Groups[2].Value}"));
        var found = SourceLinter.Lint(name, text, SourceFiles.LanguageOf(name)!.Value).Select(one => $"{one.Line} {one.Rule.Id}");

        Assert.Equal(wanted, found);
    }

    [Theory]
    [InlineData("for (const r of rows) { await db.prepare('INSERT INTO t VALUES (?)').bind(r).run() }", "a for…of loop", false)]
    [InlineData("for (let i = 0; i < 9; i++) { await db.prepare('INSERT INTO t VALUES (?)').bind(i).run() }", "a for loop", false)]
    [InlineData("for await (const r of rows) await db.prepare('INSERT INTO t VALUES (?)').bind(r).run()", "a for await loop", false)]
    [InlineData("rows.forEach(async r => { await db.prepare('INSERT INTO t VALUES (?)').bind(r).run() })", "a .forEach() callback", true)]
    [InlineData("await Promise.all(rows.map(r => db.prepare('INSERT INTO t VALUES (?)').bind(r).run()))", "a .map() callback", true)]
    [InlineData("while (x) { await db.prepare('INSERT INTO t VALUES (?)').bind(r).run() }", "a while loop", false)]
    public void The_message_says_what_repeats_it(string code, string loop, bool isConcurrent)
    {
        var found = Assert.Single(SourceLinter.Lint("a.js", code, SourceLanguage.JavaScript));

        Assert.Equal((loop, isConcurrent), (found.Loop, found.IsConcurrent));
    }

    [Fact]
    public void A_file_is_ignored_by_a_comment() => Assert.Empty(SourceLinter.Lint("a.js",
        "// shoal-lint-ignore-file\nfor (const r of rows) { await db.prepare('INSERT INTO t VALUES (?)').bind(r).run() }",
        SourceLanguage.JavaScript));

    [GeneratedRegex(@"// !(-?)(SHOAL\d+)")]
    private static partial Regex Mark();
}
