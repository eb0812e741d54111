using System.Diagnostics.Metrics;

namespace Shoal.Engine.Tests.Databases;

/// <summary>Counts what one engine ran again in its slow lane.</summary>
internal sealed class SlowRuns : IDisposable
{
    private readonly MeterListener _listener = new();
    private long _count;

    public SlowRuns(EngineOptions options)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Name == "shoal.slow.runs" && ReferenceEquals(instrument.Meter.Scope, options))
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((_, value, _, _) => Interlocked.Add(ref _count, value));
        _listener.Start();
    }

    public long Count => Interlocked.Read(ref _count);

    public void Dispose() => _listener.Dispose();
}
