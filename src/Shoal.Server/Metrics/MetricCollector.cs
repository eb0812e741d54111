using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Shoal.Server.Metrics;

/// <summary>Listens to the meters of this server and of the runtime, and keeps what they say until somebody asks.</summary>
/// <remarks>Thread: safe for any. Cost: a measurement is a look-up by its tags and a short lock.</remarks>
internal sealed class MetricCollector : IDisposable
{
    /// <summary>What of the runtime's meter is kept: the rest is for its own developers.</summary>
    internal static readonly string[] RuntimeInstruments =
    [
        "dotnet.process.cpu.time", "dotnet.process.memory.working_set", "dotnet.gc.collections", "dotnet.gc.pause.time",
        "dotnet.gc.heap.total_allocated", "dotnet.gc.last_collection.memory.committed_size",
        "dotnet.exceptions",
    ];

    private const string RuntimeMeter = "System.Runtime";

    private readonly ConcurrentDictionary<Instrument, MetricFamily> _families = new();
    private readonly MeterListener _listener = new();
    private readonly Lock _gate = new();

    /// <param name="scope">Only meters with this scope, besides the runtime's.</param>
    public MetricCollector(object scope)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (ReferenceEquals(instrument.Meter.Scope, scope)
                || (instrument.Meter.Name == RuntimeMeter && RuntimeInstruments.Contains(instrument.Name, StringComparer.Ordinal)))
            {
                listener.EnableMeasurementEvents(instrument, _families.GetOrAdd(instrument, static each => new MetricFamily(each)));
            }
        };
        _listener.SetMeasurementEventCallback<int>(static (_, value, tags, family) => Record(family, value, tags));
        _listener.SetMeasurementEventCallback<long>(static (_, value, tags, family) => Record(family, value, tags));
        _listener.SetMeasurementEventCallback<double>(static (_, value, tags, family) => Record(family, value, tags));
        _listener.Start();
    }

    /// <summary>All metrics as they are now, by name.</summary>
    public IReadOnlyList<MetricFamily> Collect()
    {
        // One at a time: the numbers that are asked for are set, and must not be those of two moments.
        lock (_gate)
        {
            _listener.RecordObservableInstruments();
            return [.. _families.Values.OrderBy(static family => family.Name, StringComparer.Ordinal)];
        }
    }

    public void Dispose() => _listener.Dispose();

    private static void Record(object? family, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        ((MetricFamily)family!).Record(value, tags);
}
