using System.Globalization;
using System.Text.RegularExpressions;

namespace Shoal.Cli.Output;

/// <summary>Sizes, durations and counts, as a person writes and reads them.</summary>
internal static partial class Units
{
    private const RegexOptions Options = RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture;

    public static string Count(long count) => count.ToString("N0", CultureInfo.InvariantCulture);

    public static string Bytes(long bytes) => bytes switch
    {
        < 1_000 => $"{bytes} B",
        < 1_000_000 => (bytes / 1e3).ToString("0.0", CultureInfo.InvariantCulture) + " kB",
        < 1_000_000_000 => (bytes / 1e6).ToString("0.0", CultureInfo.InvariantCulture) + " MB",
        _ => (bytes / 1e9).ToString("0.00", CultureInfo.InvariantCulture) + " GB",
    };

    public static string Duration(TimeSpan duration) => duration.TotalSeconds switch
    {
        < 1 => duration.TotalMilliseconds.ToString("0.##", CultureInfo.InvariantCulture) + " ms",
        < 120 => duration.TotalSeconds.ToString("0.00", CultureInfo.InvariantCulture) + " s",
        _ => duration.ToString(@"h\:mm\:ss", CultureInfo.InvariantCulture),
    };

    public static string PerSecond(long count, TimeSpan elapsed) =>
        Count((long)(count / Math.Max(elapsed.TotalSeconds, 0.001)));

    /// <summary>Reads <c>500</c>, <c>64kB</c>, <c>16MiB</c>, <c>5GB</c>.</summary>
    public static bool TryParseBytes(string text, out long bytes)
    {
        bytes = 0;
        var match = SizePattern().Match(text);
        if (!match.Success)
        {
            return false;
        }

        decimal factor = match.Groups["unit"].Value.ToUpperInvariant() switch
        {
            "K" or "KB" => 1_000,
            "KIB" => 1_024,
            "M" or "MB" => 1_000_000,
            "MIB" => 1_048_576,
            "G" or "GB" => 1_000_000_000,
            "GIB" => 1_073_741_824,
            _ => 1,
        };
        var value = decimal.Parse(match.Groups["number"].Value, CultureInfo.InvariantCulture) * factor;
        if (value is < 1 or > long.MaxValue)
        {
            return false;
        }

        bytes = (long)value;
        return true;
    }

    /// <summary>Reads <c>500ms</c>, <c>30s</c>, <c>2m</c>, <c>1h</c>; a bare number is seconds.</summary>
    public static bool TryParseDuration(string text, out TimeSpan duration)
    {
        duration = default;
        var match = DurationPattern().Match(text);
        if (!match.Success)
        {
            return false;
        }

        var value = double.Parse(match.Groups["number"].Value, CultureInfo.InvariantCulture);
        var seconds = match.Groups["unit"].Value switch
        {
            "ms" => value / 1000,
            "m" => value * 60,
            "h" => value * 3600,
            _ => value,
        };
        if (seconds is <= 0 or > 86_400)
        {
            return false;
        }

        duration = TimeSpan.FromSeconds(seconds);
        return true;
    }

    [GeneratedRegex(@"^(?<number>[0-9]{1,15}(\.[0-9]{1,6})?) ?(?<unit>[kKmMgG]?(i?[bB])?)$", Options)]
    private static partial Regex SizePattern();

    [GeneratedRegex(@"^(?<number>[0-9]{1,9}(\.[0-9]{1,6})?)(?<unit>ms|s|m|h)?$", Options)]
    private static partial Regex DurationPattern();
}
