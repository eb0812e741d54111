namespace Shoal.Server.Metrics;

/// <summary>Names as Prometheus writes them: words joined by <c>_</c>, the unit behind, counters end in <c>_total</c>.</summary>
/// <remarks>Source: https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/</remarks>
internal static class PrometheusName
{
    public static string Of(string instrument, string? unit, MetricKind kind)
    {
        var name = Clean(instrument);
        var suffix = unit switch
        {
            "s" => "_seconds",
            "ms" => "_milliseconds",
            "By" => "_bytes",
            "1" when kind == MetricKind.Gauge => "_ratio",
            _ => "",
        };
        name = name.EndsWith(suffix, StringComparison.Ordinal) ? name : name + suffix;
        return kind == MetricKind.Counter && !name.EndsWith("_total", StringComparison.Ordinal) ? name + "_total" : name;
    }

    public static string OfLabel(string tag) => Clean(tag).Replace(':', '_');

    private static string Clean(string name)
    {
        var clean = string.Concat(name.Select(static c => char.IsAsciiLetterOrDigit(c) || c is '_' or ':' ? c : '_'));
        return char.IsAsciiDigit(clean[0]) ? "_" + clean : clean;
    }
}
