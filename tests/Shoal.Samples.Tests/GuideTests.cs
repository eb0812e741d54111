using System.Text.RegularExpressions;

namespace Shoal.Samples.Tests;

/// <summary>Goal: the code in docs/guides/from-per-row-to-batched.md is the code that runs. Method: each line stands in the sample.</summary>
public sealed partial class GuideTests
{
    [Fact]
    public void Every_line_of_code_in_the_guide_stands_in_the_sample()
    {
        var sample = Directory.EnumerateFiles(Checkout.Combine("samples/BulkImport"), "*.cs").SelectMany(File.ReadLines)
            .Select(static line => line.Trim()).ToHashSet(StringComparer.Ordinal);
        var page = File.ReadAllText(Checkout.Combine("docs/guides/from-per-row-to-batched.md"));
        var lines = CodeBlock().Matches(page).SelectMany(static match => match.Groups[1].Value.Split('\n'))
            .Select(static line => line.Trim()).Where(static line => line.Length > 0).ToArray();

        Assert.True(lines.Length > 20, "the guide has no code");
        Assert.All(lines, line => Assert.Contains(line, sample));
    }

    [Fact]
    public void Every_sample_is_in_the_list()
    {
        var list = File.ReadAllText(Checkout.Combine("samples/README.md"));

        Assert.All(Directory.EnumerateDirectories(Checkout.Combine("samples")).Select(Path.GetFileName),
            name => Assert.Contains($"]({name})", list, StringComparison.Ordinal));
    }

    [GeneratedRegex("```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex CodeBlock();
}
