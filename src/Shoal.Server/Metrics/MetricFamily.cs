using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;

namespace Shoal.Server.Metrics;

/// <summary>One instrument and its series, at most <see cref="SeriesMax"/>.</summary>
internal sealed class MetricFamily
{
    /// <summary>Series of one metric; what comes later is counted together under the label <c>overflow</c>.</summary>
    public const int SeriesMax = 1_000;

    private static readonly double[] BoundariesDefault =
        [0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1_000, 2_500, 5_000, 7_500, 10_000];

    private readonly ConcurrentDictionary<SeriesKey, MetricSeries> _series = new();
    private readonly MetricSeries _overflow;
    /// <summary>
    /// What to show while nothing was measured: zero, because alerts cannot look at what is not there. Not where series have
    /// labels, nor where values are asked for.
    /// </summary>
    private readonly MetricSeries? _nothing;

    private int _count;
    private bool _overflows;

    public MetricFamily(Instrument instrument)
    {
        var type = instrument.GetType();
        var generic = type.IsGenericType ? type.GetGenericTypeDefinition() : type;
        IsAbsolute = instrument.IsObservable || generic == typeof(Gauge<>);
        Kind = generic == typeof(Counter<>) || generic == typeof(ObservableCounter<>) ? MetricKind.Counter
            : generic == typeof(Histogram<>) ? MetricKind.Histogram
            : MetricKind.Gauge;
        Name = PrometheusName.Of(instrument.Name, instrument.Unit, Kind);
        Help = instrument.Description ?? instrument.Name;
        Boundaries = Kind == MetricKind.Histogram ? BoundariesOf(instrument) : null;
        _overflow = new MetricSeries([new("overflow", "true")], Boundaries);
        _nothing = IsAbsolute || instrument.Name == ServerMetrics.RequestDuration
            ? null
            : new MetricSeries([], Boundaries);
    }

    public string Name { get; }

    public string Help { get; }

    public MetricKind Kind { get; }

    public double[]? Boundaries { get; }

    /// <summary>Whether measurements are values, not changes.</summary>
    private bool IsAbsolute { get; }

    /// <summary>All series, in an order that does not change from one reading to the next.</summary>
    public IEnumerable<MetricSeries> Series => _series.Values
        .OrderBy(series => string.Join('\0', series.Labels.Select(label => label.Value)), StringComparer.Ordinal)
        .Concat(_overflows ? [_overflow] : [])
        .DefaultIfEmpty(_nothing)
        .OfType<MetricSeries>();

    public void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var series = Find(tags);
        if (Kind == MetricKind.Histogram)
        {
            series.Observe(value);
        }
        else if (IsAbsolute)
        {
            series.Set(value);
        }
        else
        {
            series.Add(value);
        }
    }

    private MetricSeries Find(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (tags.Length > SeriesKey.TagsMax)
        {
            tags = tags[..SeriesKey.TagsMax];
        }

        var key = SeriesKey.Of(tags);
        if (_series.TryGetValue(key, out var found))
        {
            return found;
        }

        if (Volatile.Read(ref _count) >= SeriesMax)
        {
            _overflows = true;
            return _overflow;
        }

        var labels = new KeyValuePair<string, string>[tags.Length];
        for (var index = 0; index < labels.Length; index++)
        {
            labels[index] = new(PrometheusName.OfLabel(tags[index].Key),
                Convert.ToString(tags[index].Value, CultureInfo.InvariantCulture) ?? "");
        }

        var fresh = new MetricSeries(labels, Boundaries);
        found = _series.GetOrAdd(key, fresh);
        if (ReferenceEquals(found, fresh))
        {
            Interlocked.Increment(ref _count);
        }

        return found;
    }

    private static double[] BoundariesOf(Instrument instrument) => instrument switch
    {
        Histogram<double> { Advice.HistogramBucketBoundaries: { } given } => [.. given],
        Histogram<int> { Advice.HistogramBucketBoundaries: { } given } => [.. given.Select(static each => (double)each)],
        Histogram<long> { Advice.HistogramBucketBoundaries: { } given } => [.. given.Select(static each => (double)each)],
        _ => BoundariesDefault,
    };
}
