using System.Text.RegularExpressions;

namespace Shoal.Cli.Tests.Documentation;

/// <summary>What a page says that a command prints, as a pattern for what it did print.</summary>
internal static class OutputPattern
{
    private const string Anything = "…";

    /// <summary>What took milliseconds where the page was written may take seconds elsewhere.</summary>
    private const string AnyDuration = Anything + " ms";

    public static bool Matches(string documented, string printed)
    {
        var pattern = string.Concat(documented.Split('\n').Select(ToCells).OfType<string>().Select(line =>
            line == Anything ? "(.*\n)*"
            : string.Join(".*", line.Replace(AnyDuration, Anything, StringComparison.Ordinal).Split(Anything).Select(Regex.Escape)) + " *\n"));
        return Regex.IsMatch(printed.TrimEnd() + "\n", $"^{pattern}$", RegexOptions.CultureInvariant, TimeSpan.FromSeconds(60));
    }

    // A drawn table is compared by its cells: what is no terminal gets them separated by tabs.
    private static string? ToCells(string line) => line switch
    {
        ['╭' or '├' or '╰', ..] => null,
        ['│', ..] => string.Join('\t', line.Split('│', StringSplitOptions.TrimEntries)[1..^1]),
        _ => line,
    };
}
