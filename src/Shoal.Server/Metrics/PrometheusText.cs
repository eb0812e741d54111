using System.Globalization;
using System.Text;

namespace Shoal.Server.Metrics;

/// <summary>Writes metrics in Prometheus' text format, version 0.0.4.</summary>
/// <remarks>Source: https://prometheus.io/docs/instrumenting/exposition_formats/</remarks>
internal static class PrometheusText
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    public static string Write(IEnumerable<MetricFamily> families)
    {
        var text = new StringBuilder();
        foreach (var family in families)
        {
            var series = family.Series.ToList();
            if (series.Count == 0)
            {
                continue;
            }

            text.Append("# HELP ").Append(family.Name).Append(' ').Append(EscapeHelp(family.Help)).Append('\n');
            text.Append("# TYPE ").Append(family.Name).Append(' ').Append(TypeOf(family.Kind)).Append('\n');
            foreach (var each in series)
            {
                if (family.Boundaries is { } boundaries)
                {
                    WriteHistogram(text, family.Name, each, boundaries);
                }
                else
                {
                    WriteLine(text, family.Name, each.Labels, le: null, each.Read().Value);
                }
            }
        }

        return text.ToString();
    }

    /// <summary>A number as Go reads it.</summary>
    internal static string Number(double value) => value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        double.NaN => "NaN",
        _ => value.ToString("R", CultureInfo.InvariantCulture),
    };

    private static void WriteHistogram(StringBuilder text, string name, MetricSeries series, double[] boundaries)
    {
        var (sum, buckets) = series.Read();
        var count = 0L;
        for (var index = 0; index < buckets.Length; index++)
        {
            count += buckets[index];
            var le = index < boundaries.Length ? Number(boundaries[index]) : "+Inf";
            WriteLine(text, name + "_bucket", series.Labels, le, count);
        }

        WriteLine(text, name + "_sum", series.Labels, le: null, sum);
        WriteLine(text, name + "_count", series.Labels, le: null, count);
    }

    private static void WriteLine(StringBuilder text, string name, IReadOnlyList<KeyValuePair<string, string>> labels, string? le,
        double value)
    {
        text.Append(name);
        var before = '{';
        foreach (var (label, content) in labels)
        {
            text.Append(before).Append(label).Append("=\"").Append(EscapeValue(content)).Append('"');
            before = ',';
        }

        if (le is not null)
        {
            text.Append(before).Append("le=\"").Append(le).Append('"');
            before = ',';
        }

        text.Append(before == ',' ? "} " : " ").Append(Number(value)).Append('\n');
    }

    private static string TypeOf(MetricKind kind) => kind switch
    {
        MetricKind.Counter => "counter",
        MetricKind.Gauge => "gauge",
        MetricKind.Histogram => "histogram",
    };

    private static string EscapeHelp(string text) =>
        text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);

    private static string EscapeValue(string text) => EscapeHelp(text).Replace("\"", "\\\"", StringComparison.Ordinal);
}
