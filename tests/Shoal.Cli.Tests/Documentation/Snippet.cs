namespace Shoal.Cli.Tests.Documentation;

/// <summary>A shell block of a page of documentation.</summary>
/// <param name="Line">Where its first line stands in the page.</param>
/// <param name="Words">What follows <c>sh</c>.</param>
/// <param name="Text">Its lines.</param>
/// <param name="Output">What the page says that it prints, or null when the page does not say.</param>
internal sealed record Snippet(int Line, IReadOnlyList<string> Words, string Text, string? Output)
{
    /// <summary>All shell blocks of a page.</summary>
    public static IReadOnlyList<Snippet> Read(string markdown)
    {
        var snippets = new List<Snippet>();
        var lines = markdown.Split('\n');
        for (var index = 0; index < lines.Length; index++)
        {
            if (!lines[index].StartsWith("```", StringComparison.Ordinal))
            {
                continue;
            }

            var words = lines[index][3..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            var first = index + 1;
            index = Array.IndexOf(lines, "```", first);
            Assert.True(index > 0, $"line {first}: the block has no end");
            var text = string.Join('\n', lines[first..index]);
            if (words is ["sh", ..])
            {
                snippets.Add(new Snippet(first + 1, words[1..], text, Output: null));
            }
            else if (words is ["text", "output"])
            {
                Assert.True(snippets.Count > 0, $"line {first}: output of nothing");
                snippets[^1] = snippets[^1] with { Output = text };
            }
        }

        return snippets;
    }
}
