using System.Globalization;
using System.Text;
using Shoal.Sync.Apply;

namespace Shoal.Sync;

/// <summary>Metrics of several sources in Prometheus' text format: each family once, with a value for each source that has one.</summary>
/// <typeparam name="T">What the values are of.</typeparam>
internal sealed class MetricsText<T>(IReadOnlyCollection<T> sources, Func<T, string> nameOf)
{
    private readonly StringBuilder _text = new();

    /// <summary>A label's value as Prometheus wants it.</summary>
    public static string Escaped(string value) => value.Replace("\\", "\\\\", StringComparison.Ordinal)
        .Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);

    public MetricsText<T> Gauge(string name, string help, Func<T, double?> value) => One(name, "gauge", help, value);

    public MetricsText<T> Counter(string name, string help, Func<T, double?> value) => One(name, "counter", help, value);

    /// <summary>Several values of a source, told apart by more labels.</summary>
    public MetricsText<T> Several(string name, string type, string help, Func<T, IEnumerable<(string Labels, double Value)>> values)
    {
        Begin(name, type, help);
        foreach (var source in sources)
        {
            foreach (var (labels, value) in values(source))
            {
                Add(name, source, "," + labels, value);
            }
        }

        return this;
    }

    public MetricsText<T> Histogram(string name, string help, Func<T, SyncHistogram> histogram)
    {
        Begin(name, "histogram", help);
        foreach (var source in sources)
        {
            histogram(source).WriteTo(_text, name, $"source=\"{Escaped(nameOf(source))}\"");
        }

        return this;
    }

    public override string ToString() => _text.ToString();

    private MetricsText<T> One(string name, string type, string help, Func<T, double?> value)
    {
        Begin(name, type, help);
        foreach (var source in sources)
        {
            if (value(source) is { } number)
            {
                Add(name, source, "", number);
            }
        }

        return this;
    }

    private void Begin(string name, string type, string help) =>
        _text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} {type}\n");

    private void Add(string name, T source, string labels, double value) =>
        _text.Append(CultureInfo.InvariantCulture, $"{name}{{source=\"{Escaped(nameOf(source))}\"{labels}}} {value:R}\n");
}
