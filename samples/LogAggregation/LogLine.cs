using System.Globalization;
using System.Text.RegularExpressions;

namespace Shoal.Samples.LogAggregation;

/// <summary>A line of a web server's access log, in the format <c>combined</c>.</summary>
internal sealed partial record LogLine(long Number, DateTimeOffset At, string Method, string Path, int Status, long? Bytes)
{
    /// <summary>Null for a line of another format.</summary>
    public static LogLine? Parse(long number, string text)
    {
        var match = Combined().Match(text);
        return match.Success && DateTimeOffset.TryParseExact(match.Groups["at"].Value, "dd/MMM/yyyy:HH:mm:ss zzz", CultureInfo.InvariantCulture,
            DateTimeStyles.None, out var at)
            ? new LogLine(number, at, match.Groups["method"].Value, match.Groups["path"].Value,
                int.Parse(match.Groups["status"].Value, CultureInfo.InvariantCulture),
                long.TryParse(match.Groups["bytes"].Value, CultureInfo.InvariantCulture, out var bytes) ? bytes : null)
            : null;
    }

    [GeneratedRegex("""^\S+ \S+ \S+ \[(?<at>[^\]]+)\] "(?<method>[A-Z]+) (?<path>\S+)[^"]*" (?<status>\d{3}) (?<bytes>\d+|-)""",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Combined();
}
