using System.Diagnostics.Metrics;
using Shoal.Server.Metrics;

namespace Shoal.Server.Tests.Metrics;

public sealed class PrometheusTextTests : IDisposable
{
    private readonly object _scope = new();
    private readonly Meter _meter;
    private readonly MetricCollector _collector;

    public PrometheusTextTests()
    {
        _meter = new Meter(new MeterOptions("Test") { Scope = _scope });
        _collector = new MetricCollector(_scope);
    }

    public void Dispose()
    {
        _collector.Dispose();
        _meter.Dispose();
    }

    [Fact]
    public void Names_help_and_labels_are_escaped_and_units_and_total_are_suffixes()
    {
        _meter.CreateCounter<long>("a.bytes-seen", "By", "Back\\slash and\nline").Add(5, new KeyValuePair<string, object?>("file.name", "a\"b\\c\nd"));
        _meter.CreateUpDownCounter<long>("waiting", "{request}", "W").Add(-2);
        _meter.CreateObservableGauge("ratio", () => 0.25, "1", "R");
        _meter.CreateObservableCounter("cpu", () => 1.5, "s", "C");

        Assert.Equal(
            """
            # HELP a_bytes_seen_bytes_total Back\\slash and\nline
            # TYPE a_bytes_seen_bytes_total counter
            a_bytes_seen_bytes_total{file_name="a\"b\\c\nd"} 5
            # HELP cpu_seconds_total C
            # TYPE cpu_seconds_total counter
            cpu_seconds_total 1.5
            # HELP ratio_ratio R
            # TYPE ratio_ratio gauge
            ratio_ratio 0.25
            # HELP waiting W
            # TYPE waiting gauge
            waiting -2

            """.Replace("ratio_ratio", "ratio_ratio", StringComparison.Ordinal), Text());
    }

    [Fact]
    public void A_histogram_has_cumulative_buckets_in_stable_bounds()
    {
        var histogram = _meter.CreateHistogram<double>("time", "s", "T",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.1, 1] });
        foreach (var value in (double[])[0.05, 0.1, 0.5, 7])
        {
            histogram.Record(value, new KeyValuePair<string, object?>("route", "/a"));
        }

        Assert.Equal(
            """
            # HELP time_seconds T
            # TYPE time_seconds histogram
            time_seconds_bucket{route="/a",le="0.1"} 2
            time_seconds_bucket{route="/a",le="1"} 3
            time_seconds_bucket{route="/a",le="+Inf"} 4
            time_seconds_sum{route="/a"} 7.65
            time_seconds_count{route="/a"} 4

            """, Text());
    }

    [Fact]
    public void Too_many_series_become_one()
    {
        var counter = _meter.CreateCounter<int>("hits", null, "H");
        for (var n = 0; n < MetricFamily.SeriesMax + 7; n++)
        {
            counter.Add(1, new KeyValuePair<string, object?>("n", n));
        }

        var document = PrometheusDocument.Parse(Text());

        Assert.Equal(MetricFamily.SeriesMax + 1, document.Samples.Count);
        Assert.Equal(7, document.Samples["hits_total{overflow=\"true\"}"]);
    }

    [Fact]
    public void Meters_of_another_server_are_not_heard()
    {
        using var other = new Meter(new MeterOptions("Test") { Scope = new object() });
        other.CreateCounter<int>("foreign", null, "F").Add(1);

        Assert.Equal("", Text());
    }

    [Theory]
    [InlineData(0.1, "0.1")]
    [InlineData(1e-7, "1E-07")]
    [InlineData(12345678901234567890, "1.2345678901234567E+19")]
    [InlineData(double.PositiveInfinity, "+Inf")]
    [InlineData(double.NaN, "NaN")]
    public void Numbers_are_written_whole(double number, string text) => Assert.Equal(text, PrometheusText.Number(number));

    /// <summary>Without the runtime's own numbers.</summary>
    private string Text() =>
        PrometheusText.Write(_collector.Collect().Where(family => !family.Name.StartsWith("dotnet_", StringComparison.Ordinal)));
}
