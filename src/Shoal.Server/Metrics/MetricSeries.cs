namespace Shoal.Server.Metrics;

/// <summary>One line of a metric, or the lines of one histogram. Thread: guarded by its own lock.</summary>
/// <param name="labels">Names and values.</param>
/// <param name="boundaries">Upper bounds of buckets; null when it is no histogram.</param>
internal sealed class MetricSeries(KeyValuePair<string, string>[] labels, double[]? boundaries)
{
    private readonly Lock _gate = new();
    private readonly long[] _buckets = new long[(boundaries?.Length ?? 0) + 1];
    private double _value;

    public IReadOnlyList<KeyValuePair<string, string>> Labels => labels;

    public void Add(double value)
    {
        lock (_gate)
        {
            _value += value;
        }
    }

    public void Set(double value)
    {
        lock (_gate)
        {
            _value = value;
        }
    }

    public void Observe(double value)
    {
        var bucket = 0;
        while (bucket < boundaries!.Length && value > boundaries[bucket])
        {
            bucket++;
        }

        lock (_gate)
        {
            _buckets[bucket]++;
            _value += value;
        }
    }

    /// <summary>The value, or of a histogram the sum; and counts per bucket.</summary>
    public (double Value, long[] Buckets) Read()
    {
        lock (_gate)
        {
            return (_value, [.. _buckets]);
        }
    }
}
