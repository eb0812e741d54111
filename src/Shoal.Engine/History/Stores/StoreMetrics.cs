using System.Diagnostics.Metrics;

namespace Shoal.Engine.History.Stores;

/// <summary>What is counted of a history store.</summary>
internal sealed class StoreMetrics
{
    private readonly Meter _meter;
    private readonly Counter<long> _requests;
    private readonly Counter<long> _errors;
    private readonly Counter<long> _sent;
    private readonly Counter<long> _received;
    private readonly Counter<long> _uploads;
    private readonly Counter<long> _failures;

    /// <param name="meter">Where to.</param>
    public StoreMetrics(Meter meter)
    {
        _meter = meter;
        _requests = meter.CreateCounter<long>("shoal.store.requests", "{request}",
            "Requests to the history store, by kind: put, get, list, delete.");
        _errors = meter.CreateCounter<long>("shoal.store.errors", "{request}", "Those of them that failed; most are repeated.");
        _sent = meter.CreateCounter<long>("shoal.store.sent", "By", "Bytes stored in the history store.");
        _received = meter.CreateCounter<long>("shoal.store.received", "By", "Bytes read from the history store.");
        _uploads = meter.CreateCounter<long>("shoal.store.uploads", "{upload}",
            "Uploads of history; each holds the commits of all databases since the last one.");
        _failures = meter.CreateCounter<long>("shoal.store.upload.failures", "{upload}", "Uploads that failed; they are repeated.");
    }

    /// <summary>Shows how old the newest upload is, when somebody asks.</summary>
    /// <param name="age">What would be lost with the machine now.</param>
    /// <param name="isFenced">Whether another node has taken the store over.</param>
    public void Observe(Func<TimeSpan> age, Func<bool> isFenced)
    {
        _meter.CreateObservableGauge("shoal.store.upload.age", () => age().TotalSeconds, "s",
            "Commits of this last time may not be in the history store yet: what would be lost with the machine.");
        _meter.CreateObservableGauge("shoal.store.fenced", () => isFenced() ? 1 : 0, description:
            "1 when another node has taken over the history store, and this one does not write to it any more.");
    }

    public void Requested(string kind, bool failed)
    {
        var tag = new KeyValuePair<string, object?>("kind", kind);
        _requests.Add(1, tag);
        if (failed)
        {
            _errors.Add(1, tag);
        }
    }

    public void Sent(long bytes) => _sent.Add(bytes);

    public void Received(long bytes) => _received.Add(bytes);

    public void Uploaded() => _uploads.Add(1);

    public void UploadFailed() => _failures.Add(1);
}
