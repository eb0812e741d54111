using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Shoal.Client.Tests.Batching;

/// <summary>Sums what one writer measures, by instrument and by instrument with its tag.</summary>
internal sealed class MetricReader : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<string, double> _sums = new(StringComparer.Ordinal);
    private readonly string _writer;

    public MetricReader(string writer)
    {
        _writer = writer;
        _listener.InstrumentPublished = static (instrument, listener) =>
        {
            if (instrument.Meter.Name == "Shoal.Client")
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Note(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Note(instrument, value, tags));
        _listener.Start();
    }

    /// <summary>Names of all instruments that measured something.</summary>
    public IEnumerable<string> Names => _sums.Keys.Where(static key => !key.Contains('{', StringComparison.Ordinal)).Order(StringComparer.Ordinal);

    public double this[string key] => _sums.GetValueOrDefault(key);

    public void Observe() => _listener.RecordObservableInstruments();

    public void Dispose() => _listener.Dispose();

    private void Note(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var other = "";
        foreach (var tag in tags)
        {
            if (tag.Key != "writer")
            {
                other = $"{{{tag.Key}={tag.Value}}}";
            }
            else if ((string?)tag.Value != _writer)
            {
                return;
            }
        }

        _sums.AddOrUpdate(instrument.Name, value, (_, sum) => sum + value);
        if (other.Length > 0)
        {
            _sums.AddOrUpdate(instrument.Name + other, value, (_, sum) => sum + value);
        }
    }
}
