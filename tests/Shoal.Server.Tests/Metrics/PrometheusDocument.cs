using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Shoal.Server.Tests.Metrics;

/// <summary>A strict reader of Prometheus' text format: whatever it does not like, it throws.</summary>
/// <remarks>Source: https://prometheus.io/docs/instrumenting/exposition_formats/ and the checks of <c>promtool check metrics</c>.</remarks>
internal sealed partial class PrometheusDocument
{
    private readonly Dictionary<string, string> _types = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _help = new(StringComparer.Ordinal);

    /// <summary>Families by name, with their type.</summary>
    public IReadOnlyDictionary<string, string> Types => _types;

    public IReadOnlyDictionary<string, string> Help => _help;

    /// <summary>Values by the whole left side: name and labels.</summary>
    public Dictionary<string, double> Samples { get; } = new(StringComparer.Ordinal);

    public static PrometheusDocument Parse(string text)
    {
        var document = new PrometheusDocument();
        Check(text.Length == 0 || text[^1] == '\n', "the last line has no end", "");
        string? family = null;
        foreach (var line in text.Split('\n').SkipLast(1))
        {
            Check(line.Length > 0 && !line.Contains('\r'), "an empty line or a carriage return", line);
            if (line[0] == '#')
            {
                family = document.ReadComment(line, family);
            }
            else
            {
                document.ReadSample(line, family ?? throw new FormatException($"no TYPE before {line}"));
            }
        }

        document.CheckHistograms();
        return document;
    }

    /// <summary>The sum of a family's samples whose label has a value.</summary>
    public double Sum(string name, string label = "") =>
        Samples.Where(each => each.Key.Split('{')[0] == name && each.Key.Contains(label, StringComparison.Ordinal)).Sum(each => each.Value);

    private string ReadComment(string line, string? family)
    {
        var match = Comment().Match(line);
        Check(match.Success, "a comment that is neither HELP nor TYPE", line);
        var (kind, name, rest) = (match.Groups[1].Value, match.Groups[2].Value, match.Groups[3].Value);
        if (kind == "HELP")
        {
            Check(_help.TryAdd(name, rest), "a second HELP", line);
            Check(rest.Length > 0 && !BadEscape().IsMatch(rest), "a HELP without text, or with a wrong escape", line);
            return name;
        }

        Check(name == family, "a TYPE that does not follow its HELP", line);
        Check(rest is "counter" or "gauge" or "histogram", "an unknown type", line);
        Check(_types.TryAdd(name, rest), "a second TYPE", line);
        Check((rest == "counter") == name.EndsWith("_total", StringComparison.Ordinal), "_total is for counters, and for all", line);
        Check(rest == "histogram" || !Reserved().IsMatch(name), "a name that only histograms have", line);
        Check(!Abbreviated().IsMatch(name), "an abbreviated or scaled unit", line);
        return name;
    }

    private void ReadSample(string line, string family)
    {
        var match = Sample().Match(line);
        Check(match.Success, "a line that is no sample", line);
        var name = match.Groups[1].Value;
        var allowed = _types[family] == "histogram" ? (string[])[family + "_bucket", family + "_sum", family + "_count"] : [family];
        Check(allowed.Contains(name), "a sample of another family", line);
        var labels = Label().Matches(match.Groups[2].Value);
        Check(labels.Sum(label => label.Length) == match.Groups[2].Length, "labels that are no labels", line);
        Check(labels.Select(label => label.Groups[1].Value).Distinct().Count() == labels.Count, "a label twice", line);
        var value = match.Groups[3].Value;
        var number = value switch
        {
            "+Inf" => double.PositiveInfinity,
            "-Inf" => double.NegativeInfinity,
            "NaN" => double.NaN,
            _ => double.Parse(value, NumberStyles.Float, CultureInfo.InvariantCulture),
        };
        Check(_types[family] != "counter" || number >= 0, "a counter below zero", line);
        Check(Samples.TryAdd(line[..line.LastIndexOf(' ')], number), "a sample twice", line);
    }

    private void CheckHistograms()
    {
        foreach (var family in _types.Where(each => each.Value == "histogram").Select(each => each.Key))
        {
            var series = Samples.Where(each => each.Key.StartsWith(family + "_bucket{", StringComparison.Ordinal))
                .GroupBy(each => LessOrEqual().Replace(each.Key, ""), StringComparer.Ordinal).ToList();
            Check(series.Count > 0, "a histogram without buckets", family);
            foreach (var buckets in series)
            {
                var bounds = buckets.Select(each => LessOrEqual().Match(each.Key).Groups[1].Value).ToList();
                var values = buckets.Select(each => each.Value).ToList();
                Check(bounds[^1] == "+Inf", "no bucket for all", buckets.Key);
                var numbers = bounds.SkipLast(1).Select(bound => double.Parse(bound, CultureInfo.InvariantCulture)).ToList();
                Check(numbers.SequenceEqual(numbers.Order().Distinct()), "buckets out of order", buckets.Key);
                Check(values.SequenceEqual(values.Order()), "buckets that do not add up", buckets.Key);
                var labels = buckets.Key[(family.Length + "_bucket".Length)..].Replace("{}", "", StringComparison.Ordinal);
                Check(Samples.TryGetValue(family + "_count" + labels, out var count) && count.Equals(values[^1]), "a wrong count", buckets.Key);
                Check(Samples.ContainsKey(family + "_sum" + labels), "no sum", buckets.Key);
            }
        }
    }

    private static void Check(bool holds, string problem, string line)
    {
        if (!holds)
        {
            throw new FormatException($"{problem}: {line}");
        }
    }

    [GeneratedRegex(@"^# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.*)$")]
    private static partial Regex Comment();

    [GeneratedRegex(@"^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$")]
    private static partial Regex Sample();

    [GeneratedRegex("\\G([a-zA-Z_][a-zA-Z0-9_]*)=\"(?:[^\"\\\\]|\\\\[\\\\n\"])*\"(?:,|$)")]
    private static partial Regex Label();

    [GeneratedRegex(@"(?<!\\)(?:\\\\)*\\(?![\\n])")]
    private static partial Regex BadEscape();

    [GeneratedRegex("_(bucket|sum|count)$")]
    private static partial Regex Reserved();

    [GeneratedRegex("_(ms|milliseconds|us|sec|secs|kb|mb|kilobytes|megabytes|percent)(_total)?$")]
    private static partial Regex Abbreviated();

    [GeneratedRegex(",?le=\"([^\"]*)\"")]
    private static partial Regex LessOrEqual();
}
