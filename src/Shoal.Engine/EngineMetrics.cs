using System.Diagnostics.Metrics;

namespace Shoal.Engine;

/// <summary>Everything the engine counts, one method per event.</summary>
internal sealed class EngineMetrics : IDisposable
{
    private readonly Meter _meter = new("Shoal.Engine");
    private readonly Histogram<int> _groupSize;
    private readonly Counter<long> _checkpoints;
    private readonly Counter<long> _checkpointFailures;
    private readonly Counter<long> _opened;
    private readonly Counter<long> _closed;

    private readonly Counter<long> _logFlushes;
    private readonly Counter<long> _logBytes;

    private readonly Histogram<int> _rounds;

    public EngineMetrics()
    {
        _groupSize = _meter.CreateHistogram<int>(
            "shoal.commit.requests", "{request}", "Requests that shared one commit of a database.",
            advice: new InstrumentAdvice<int> { HistogramBucketBoundaries = [1, 2, 4, 8, 16, 32, 64, 128] });
        _checkpoints = _meter.CreateCounter<long>("shoal.checkpoints", "{checkpoint}", "Checkpoints of databases.");
        _rounds = _meter.CreateHistogram<int>(
            "shoal.checkpoint.databases", "{database}", "Databases that one flush of the file system covered.",
            advice: new InstrumentAdvice<int> { HistogramBucketBoundaries = [1, 10, 100, 1_000, 10_000] });
        _logFlushes = _meter.CreateCounter<long>("shoal.log.flushes", "{flush}", "Flushes of the commit log.");
        _logBytes = _meter.CreateCounter<long>("shoal.log.written", "By", "Bytes written to the commit log.");
        _checkpointFailures = _meter.CreateCounter<long>(
            "shoal.checkpoint.failures", "{checkpoint}", "Checkpoints that failed; they are tried again.");
        _opened = _meter.CreateCounter<long>("shoal.databases.opened", "{database}", "Databases opened.");
        _closed = _meter.CreateCounter<long>("shoal.databases.closed", "{database}", "Databases closed.");
    }

    public void GroupCommitted(int requests) => _groupSize.Record(requests);

    public void CheckpointFailed() => _checkpointFailures.Add(1);

    public void Checkpointed() => _checkpoints.Add(1);

    public void LogFlushed(int bytes)
    {
        _logFlushes.Add(1);
        _logBytes.Add(bytes);
    }

    public void RoundCompleted(int databases) => _rounds.Record(databases);

    public void DatabaseOpened() => _opened.Add(1);

    public void DatabaseClosed() => _closed.Add(1);

    public void Dispose() => _meter.Dispose();
}
