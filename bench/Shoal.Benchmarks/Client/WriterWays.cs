using System.Diagnostics;
using System.Globalization;
using Shoal.Benchmarks.Import;
using Shoal.Client;
using Shoal.Client.Batching;
using Shoal.Client.Buffering;
using Shoal.Client.Bulk;

namespace Shoal.Benchmarks.Client;

/// <summary>Rows one by one into the write buffer, and rows and JSON items into one or many databases by the batch writer.</summary>
internal static class WriterWays
{
    /// <summary>Callers that write batches of 100 items at once.</summary>
    private const int Callers = 4;

    private const int ItemsPerCall = 100;

    private static readonly TableMap<int> Rows = new TableMap<int>("items")
        .Key("id", static index => index + 1)
        .Column("name", static index => string.Create(CultureInfo.InvariantCulture, $"item number {index % 99_991}"))
        .Column("score", static index => ImportInput.Score(index));

    private static readonly string[] Documents = [.. Enumerable.Range(0, 997).Select(Document)];

    private static readonly TableMap<int> Items = new TableMap<int>("items")
        .Key("id", static index => index + 1).Column("body", static index => Documents[index % Documents.Length]);

    public static string[] Names { get; } = ["buffer", "writer-1", "writer-100", "writer-1000", "items-1k"];

    /// <summary>Writes, and returns the time; of <c>items-1k</c> also what a call of 100 took, the slowest twentieth left out.</summary>
    public static async Task<(TimeSpan Elapsed, TimeSpan? P95)> RunAsync(ShoalClient client, string way, int rows)
    {
        var count = way.StartsWith("writer-", StringComparison.Ordinal) ? int.Parse(way["writer-".Length..], CultureInfo.InvariantCulture) : 1;
        var prefix = $"client-{way}-{Path.GetRandomFileName().Replace(".", "", StringComparison.Ordinal)}";
        var names = Enumerable.Range(0, count).Select(index => $"{prefix}-{index}").ToArray();
        var schema = way == "items-1k" ? "CREATE TABLE items(id INTEGER PRIMARY KEY, body TEXT NOT NULL)" : ImportInput.Schema;
        await Parallel.ForEachAsync(names, async (name, stop) => await client.Database(name, createIfMissing: true).ExecAsync(schema, stop));
        var start = Stopwatch.GetTimestamp();
        TimeSpan? p95 = null;
        switch (way)
        {
            case "buffer":
                await using (var buffer = new WriteBuffer<int>(client.Database(names[0]), Rows, WriteMode.Insert))
                {
                    for (var index = 0; index < rows; index++)
                    {
                        await buffer.AddAsync(index);
                    }
                }

                break;
            case "items-1k":
                p95 = await ItemsAsync(client.Database(names[0]), rows);
                break;
            default:
                await using (var writer = new BatchWriter<int>(client, index => names[index % count], Rows, WriteMode.Insert))
                {
                    var results = await writer.WriteBatchAsync(Enumerable.Range(0, rows));
                    Check(results.Count(static result => result.IsApplied), rows);
                }

                break;
        }

        var elapsed = Stopwatch.GetElapsedTime(start);
        long there = 0;
        foreach (var name in names)
        {
            there += await client.Database(name).Prepare("SELECT count(*) FROM items").FirstAsync<long>();
            await client.DeleteDatabaseAsync(name);
        }

        Check(there, rows);
        return (elapsed, p95);
    }

    private static async Task<TimeSpan> ItemsAsync(Database database, int rows)
    {
        await using var writer = new BatchWriter<int>(database, Items, WriteMode.Insert, new BatchWriterOptions<int> { Name = "items" });
        var latencies = new TimeSpan[rows / ItemsPerCall];
        var next = -1;
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => Task.Run(async () =>
        {
            for (var call = Interlocked.Increment(ref next); call < latencies.Length; call = Interlocked.Increment(ref next))
            {
                var start = Stopwatch.GetTimestamp();
                var results = await writer.WriteBatchAsync(Enumerable.Range(call * ItemsPerCall, ItemsPerCall));
                latencies[call] = Stopwatch.GetElapsedTime(start);
                Check(results.Count(static result => result.IsApplied), ItemsPerCall);
            }
        })));
        Array.Sort(latencies);
        return latencies[latencies.Length * 95 / 100];
    }

    /// <summary>1 KB of JSON, as an event or a product has it.</summary>
    private static string Document(int seed)
    {
        var text = string.Create(CultureInfo.InvariantCulture,
            $$"""{"id":{{seed}},"kind":"measurement","device":"sensor-{{seed % 50:D3}}","at":"2026-11-21T10:{{seed % 60:D2}}:00Z","tags":["a","b"],"values":[""");
        for (var index = 0; text.Length < 1_000; index++)
        {
            text += string.Create(CultureInfo.InvariantCulture, $"{(index == 0 ? "" : ",")}{{\"n\":\"v{index}\",\"x\":{seed * 0.25 + index}}}");
        }

        return text + "]}";
    }

    private static void Check(long got, long wanted)
    {
        if (got != wanted)
        {
            throw new InvalidOperationException($"{got} rows arrived instead of {wanted}");
        }
    }
}
