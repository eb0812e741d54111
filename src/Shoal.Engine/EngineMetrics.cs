using System.Diagnostics.Metrics;
using Shoal.Engine.Databases;
using Shoal.Engine.History;
using Shoal.Engine.History.Stores;
using Shoal.Engine.Log;

namespace Shoal.Engine;

/// <summary>Everything the engine counts, one method per event.</summary>
internal sealed class EngineMetrics : IDisposable
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "Shoal.Engine";

    private readonly Meter _meter;
    private readonly Counter<long> _commits;
    private readonly Histogram<double> _flushTime;
    private readonly Histogram<int> _groupSize;
    private readonly Counter<long> _checkpoints;
    private readonly Counter<long> _checkpointFailures;
    private readonly Counter<long> _opened;
    private readonly Counter<long> _closed;

    private readonly Counter<long> _logFlushes;
    private readonly Counter<long> _logBytes;

    private readonly Histogram<int> _rounds;
    private readonly Counter<long> _historyBytes;
    private readonly Counter<double> _historyTime;
    private readonly Counter<long> _historyFailures;
    private readonly Counter<long> _restores;
    private readonly Counter<long> _proofFailures;
    private readonly Counter<long> _slowRuns;

    /// <param name="scope">Tells the meters of engines in one process apart; the engine's options.</param>
    public EngineMetrics(object? scope = null)
    {
        _meter = new Meter(new MeterOptions(MeterName) { Scope = scope });
        _commits = _meter.CreateCounter<long>("shoal.commits", "{commit}", "Commits of databases, each of a group of requests.");
        _flushTime = _meter.CreateHistogram<double>("shoal.log.flush.duration", "s",
            "Time to write and flush what had gathered for the commit log.",
            advice: new InstrumentAdvice<double>
            {
                HistogramBucketBoundaries = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1],
            });
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
        _historyBytes = _meter.CreateCounter<long>("shoal.history.written", "By", "Bytes of history packs made of the commit log.");
        _historyTime = _meter.CreateCounter<double>("shoal.history.time", "s", "Time spent on making packs of the commit log.");
        _historyFailures = _meter.CreateCounter<long>(
            "shoal.history.failures", "{attempt}", "Attempts to write history that failed; they are repeated.");
        _restores = _meter.CreateCounter<long>("shoal.history.restores", "{restore}", "Databases restored or forked.");
        _proofFailures = _meter.CreateCounter<long>(
            "shoal.backup.proof.failures", "{state}", "States that a sample of restores showed not to be restorable as they were.");
        _slowRuns = _meter.CreateCounter<long>(
            "shoal.slow.runs", "{run}", "Reads and groups of writes that ran in the slow lane.");
        Store = new StoreMetrics(_meter);
        _opened = _meter.CreateCounter<long>("shoal.databases.opened", "{database}", "Databases opened.");
        _closed = _meter.CreateCounter<long>("shoal.databases.closed", "{database}", "Databases closed.");
    }

    /// <summary>What is counted of a history store.</summary>
    public StoreMetrics Store { get; }

    /// <summary>Shows what is counted elsewhere, when somebody asks.</summary>
    public void Observe(DatabaseHost host, CommitLog? log)
    {
        _meter.CreateObservableGauge("shoal.databases.open", () => host.OpenCount, "{database}", "Databases that are open.");
        _meter.CreateObservableGauge("shoal.databases.open.limit", () => host.OpenMax, "{database}",
            "Databases that may be open at once.");
        _meter.CreateObservableGauge("shoal.queue.length",
            () =>
            {
                var (writes, reads) = host.CountWaiting();
                return (Measurement<long>[])
                [
                    new Measurement<long>(writes, new KeyValuePair<string, object?>("queue", "write")),
                    new Measurement<long>(reads, new KeyValuePair<string, object?>("queue", "read")),
                ];
            },
            "{request}", "Requests that wait for a writer or a reader, over all databases.");
        if (log is not null)
        {
            _meter.CreateObservableGauge("shoal.log.live", () => log.LiveBytes, "By",
                "Size of the segments of the commit log that are needed.");
        }
    }

    public void GroupCommitted(int requests)
    {
        _commits.Add(1);
        _groupSize.Record(requests);
    }

    public void WentSlow() => _slowRuns.Add(1);

    public void CheckpointFailed() => _checkpointFailures.Add(1);

    public void Checkpointed() => _checkpoints.Add(1);

    public void LogFlushed(int bytes, TimeSpan time)
    {
        _flushTime.Record(time.TotalSeconds);
        _logFlushes.Add(1);
        _logBytes.Add(bytes);
    }

    /// <summary>Shows how much history there is, when somebody asks.</summary>
    public void ObserveHistory(HistoryKeeper history)
    {
        _meter.CreateObservableGauge("shoal.history.size", () => history.Manifest.PackBytes, "By", "Size of all history packs.");
        _meter.CreateObservableGauge("shoal.history.packs", () => history.Manifest.Packs.Count, "{pack}", "History packs.");
        _meter.CreateObservableGauge("shoal.history.unsealed", () => history.UnsealedBytes, "By",
            "Bytes of the commit log that are in no history pack yet.");
    }

    public void HistorySealed(long bytes, TimeSpan time)
    {
        _historyBytes.Add(bytes);
        _historyTime.Add(time.TotalSeconds);
    }

    public void HistoryFailed() => _historyFailures.Add(1);

    /// <summary>Shows how old the last proof is that history can be restored; nothing before the first.</summary>
    public void ObserveProof(Func<TimeSpan?> age) => _meter.CreateObservableGauge("shoal.backup.proof.age",
        () => age() is { } known ? (Measurement<double>[])[new Measurement<double>(known.TotalSeconds)] : [], "s",
        "Time since a sample of restores was right.");

    public void ProofFailed() => _proofFailures.Add(1);

    public void Restored() => _restores.Add(1);

    public void RoundCompleted(int databases) => _rounds.Record(databases);

    public void DatabaseOpened() => _opened.Add(1);

    public void DatabaseClosed() => _closed.Add(1);

    public void Dispose() => _meter.Dispose();
}
