using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Shoal.Client.Batching;

namespace Shoal.Client.Diagnostics;

/// <summary>All metrics of the client, of the meter <see cref="MeterName"/>. The one place that has their names.</summary>
internal static class ClientMetrics
{
    public const string MeterName = "Shoal.Client";

    private const string Writer = "writer";

    private static readonly ConcurrentDictionary<IWriterGauges, byte> Writers = new();
    private static readonly Meter Meter = new(MeterName);

    private static readonly Counter<long> Writes =
        Meter.CreateCounter<long>("storage.writes", "{write}", "Batches that were applied.");

    private static readonly Histogram<double> WriteTime = Meter.CreateHistogram<double>("storage.write.duration", "s",
        "Time of a batch until it was durable, its waits and repetitions included.", advice: Seconds());

    private static readonly Histogram<long> BatchRows = Meter.CreateHistogram("batch.rows", "{row}", "Rows of a batch.",
        advice: new InstrumentAdvice<long> { HistogramBucketBoundaries = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 10_000] });

    private static readonly Histogram<long> BatchBytes = Meter.CreateHistogram("batch.bytes", "By", "Size of a batch's request.",
        advice: new InstrumentAdvice<long>
        {
            HistogramBucketBoundaries = [1_000, 4_000, 16_000, 64_000, 256_000, 1_000_000, 4_000_000, 16_000_000],
        });

    private static readonly Counter<long> Flushes =
        Meter.CreateCounter<long>("flush", "{batch}", "Batches that were handed over, by reason.");

    private static readonly Counter<long> FlushFailures =
        Meter.CreateCounter<long>("flush.failures", "{batch}", "Requests of batches that failed for good or were refused, by fault.");

    private static readonly Counter<long> Retries =
        Meter.CreateCounter<long>("retries", "{request}", "Requests that were sent again.");

    private static readonly Counter<long> Drops =
        Meter.CreateCounter<long>("dropped", "{row}", "Rows that did not fit into a full buffer, by policy.");

    private static readonly Counter<long> DeadLetters =
        Meter.CreateCounter<long>("dead_letters", "{row}", "Rows that went to the dead letters.");

    private static readonly Histogram<double> Waits = Meter.CreateHistogram<double>("wait", "s",
        "Time that a batch waited for its turn: breakers, rate, permits.", advice: Seconds());

#pragma warning disable IDE0052 // The meter keeps the gauges; the fields say that they exist.
    private static readonly ObservableGauge<long> BufferRows = Meter.CreateObservableGauge("buffer.rows",
        static () => Observe(static writer => writer.BufferedRows), "{row}",
        "Rows that are queued, on their way or waiting to be sent again.");

    private static readonly ObservableGauge<long> BufferBytes = Meter.CreateObservableGauge("buffer.bytes",
        static () => Observe(static writer => writer.BufferedBytes), "By", "Their size.");

    private static readonly ObservableGauge<double> BufferOldest = Meter.CreateObservableGauge("buffer.oldest",
        static () => Observe(static writer => writer.Oldest.TotalSeconds), "s", "Age of the oldest of them.");

    private static readonly ObservableGauge<long> Permits = Meter.CreateObservableGauge("permits.in_use",
        static () => Observe(static writer => (long)writer.PermitsInUse), "{permit}", "Requests on their way, of the writer's limiter.");
#pragma warning restore IDE0052

    public static void Register(IWriterGauges writer) => Writers.TryAdd(writer, 0);

    public static void Unregister(IWriterGauges writer) => Writers.TryRemove(writer, out _);

    public static void Written(string writer, int rows, int bytes, TimeSpan elapsed)
    {
        var tag = Tag(writer);
        Writes.Add(1, tag);
        WriteTime.Record(elapsed.TotalSeconds, tag);
        BatchRows.Record(rows, tag);
        BatchBytes.Record(bytes, tag);
    }

    public static void Flushed(string writer, FlushReason reason) => Flushes.Add(1, Tag(writer), new("reason", reason switch
    {
        FlushReason.Rows => "rows",
        FlushReason.Bytes => "bytes",
        FlushReason.Linger => "linger",
        FlushReason.Explicit => "explicit",
        FlushReason.Close => "close",
        FlushReason.Order => "order",
        FlushReason.None => "none",
    }));

    public static void Failed(string writer, WriteFault fault) => FlushFailures.Add(1, Tag(writer), new("fault", fault switch
    {
        WriteFault.Transient => "transient",
        WriteFault.Constraint => "constraint",
        WriteFault.Type => "type",
        WriteFault.Size => "size",
        WriteFault.Other => "other",
    }));

    public static void Retried(string writer) => Retries.Add(1, Tag(writer));

    public static void Dropped(string writer, string policy, long rows) => Drops.Add(rows, Tag(writer), new("policy", policy));

    public static void DeadLettered(string writer, long rows) => DeadLetters.Add(rows, Tag(writer));

    public static void Waited(string writer, TimeSpan wait) => Waits.Record(wait.TotalSeconds, Tag(writer));

    private static KeyValuePair<string, object?> Tag(string writer) => new(Writer, writer);

    private static IEnumerable<Measurement<TValue>> Observe<TValue>(Func<IWriterGauges, TValue> read)
        where TValue : struct => [.. Writers.Keys.Select(writer => new Measurement<TValue>(read(writer), Tag(writer.Name)))];

    private static InstrumentAdvice<double> Seconds() => new()
    {
        HistogramBucketBoundaries = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    };
}
