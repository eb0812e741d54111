using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace Shoal.Client.Tests.Guides;

/// <summary>Goal: docs/reference/batching-bar.md names tests that exist, and all of them. Method: its text and the tests' sources.</summary>
public sealed partial class BatchingBarPageTests
{
    [Fact]
    public void Every_test_that_the_page_names_exists_and_every_row_has_one()
    {
        var root = Path.GetFullPath(Path.Combine(Here(), "../../../.."));
        var tests = Directory.EnumerateFiles(Path.Combine(root, "tests"), "*.cs", SearchOption.AllDirectories)
            .SelectMany(file => TestName().Matches(File.ReadAllText(file)).Select(match => match.Groups[1].Value))
            .ToHashSet(StringComparer.Ordinal);
        var rows = Row().Matches(File.ReadAllText(Path.Combine(root, "docs/reference/batching-bar.md")));
        Assert.Equal([.. Enumerable.Range(1, 24), .. Enumerable.Range(1, 18)], rows.Select(row => int.Parse(row.Groups[1].Value)));
        var hasAnalyzers = Directory.Exists(Path.Combine(root, "tests/Shoal.Analyzers.Tests"));
        foreach (Match row in rows)
        {
            var named = Name().Matches(row.Groups[2].Value).Select(match => match.Groups[1].Value).ToArray();
            Assert.NotEmpty(named);
            Assert.All(named.Where(_ => hasAnalyzers || row.Groups[1].Value != "24"), name => Assert.Contains(name, tests));
        }

        var all = Name().Matches(string.Concat(rows.Select(row => row.Groups[2].Value))).Select(match => match.Groups[1].Value).ToHashSet();
        Assert.All(tests.Where(test => Numbered().IsMatch(test)), test => Assert.Contains(test, all));
    }

    private static string Here([CallerFilePath] string path = "") => path;

    [GeneratedRegex(@"public (?:async )?(?:Task|void) (\w+)\(")]
    private static partial Regex TestName();

    [GeneratedRegex(@"^\| (\d+) \|[^|]*\|(.*)\|$", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex(@"^(Row|Complaint)_\d\d_")]
    private static partial Regex Numbered();

    [GeneratedRegex(@"`(\w+_\w+)`")]
    private static partial Regex Name();
}
