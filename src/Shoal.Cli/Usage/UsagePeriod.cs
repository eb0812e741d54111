using System.CommandLine;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Shoal.Cli.Usage;

/// <summary>A span of time.</summary>
/// <param name="From">Its begin.</param>
/// <param name="To">Its end.</param>
internal sealed partial record UsagePeriod(DateTimeOffset From, DateTimeOffset To)
{
    public TimeSpan Length => To - From;

    /// <summary>The span of the same length that ends where this one begins.</summary>
    public UsagePeriod Before => new(From - Length, From);

    public override string ToString() => $"{Text(From)} to {Text(To)} UTC";

    /// <summary>A moment as it is shown, and read by --from and --to.</summary>
    public static string Text(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm", CultureInfo.InvariantCulture);

    /// <summary>Reads <c>--from</c>, or <c>--last</c>, and <c>--to</c>.</summary>
    public static UsagePeriod Read(CommandContext context, Option<string?> last, Option<string?> from, Option<string?> to)
    {
        var end = Instant(context.Arguments.GetValue(to), "--to") ?? context.Console.Time.GetUtcNow();
        var begin = Instant(context.Arguments.GetValue(from), "--from");
        var length = context.Arguments.GetValue(last);
        if (begin is not null && context.Arguments.GetResult(last) is { Implicit: false })
        {
            throw CliException.Usage("--from and --last are both given", "give one of them");
        }

        var start = begin ?? end - Span(length!);
        return start < end ? new UsagePeriod(start, end)
            : throw CliException.Usage("the period ends before it begins", "--from must be before --to");
    }

    private static DateTimeOffset? Instant(string? text, string option) => text switch
    {
        null => null,
        _ when DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var instant) => instant,
        _ => throw CliException.Usage($"\"{text}\" is not valid for {option}",
            "it is a date or a time like 2026-11-01 or 2026-11-01T14:00Z"),
    };

    private static TimeSpan Span(string text)
    {
        var match = SpanPattern().Match(text);
        if (!match.Success)
        {
            throw CliException.Usage($"\"{text}\" is not valid for --last", "it is a time like 24h, 7d or 30d");
        }

        var count = int.Parse(match.Groups["count"].Value, CultureInfo.InvariantCulture);
        return match.Groups["unit"].Value == "d" ? TimeSpan.FromDays(count) : TimeSpan.FromHours(count);
    }

    [GeneratedRegex("^(?<count>[1-9][0-9]{0,3})(?<unit>[hd])$", RegexOptions.CultureInvariant)]
    private static partial Regex SpanPattern();
}
