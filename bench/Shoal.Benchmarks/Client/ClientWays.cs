using System.Diagnostics;
using System.Globalization;
using Shoal.Benchmarks.Import;
using Shoal.Client;
using Shoal.Client.Bulk;
using Shoal.Client.D1;

namespace Shoal.Benchmarks.Client;

/// <summary>Ways of writing rows, each into a database of its own that is deleted afterwards.</summary>
internal sealed class ClientWays(Uri address, string token, int? batchRows) : IDisposable
{
    private const int MultiRowCount = 33;

    private static readonly TableMap<int> Items = new TableMap<int>("items")
        .Key("id", static index => index + 1).Column("name", static index => Name(index))
        .Column("score", static index => ImportInput.Score(index));

    private readonly ShoalClient _client = new(new ShoalClientOptions { Address = address, Account = "bench", Token = token });

    /// <summary>All ways, raw SQLite first.</summary>
    public static string[] Names { get; } = ["raw-sqlite", "bulk", "bulk-json", "multi-row", "batch-100", "per-row"];

    public async Task<TimeSpan> RunAsync(string way, int rows)
    {
        var name = $"client-{way}-{Path.GetRandomFileName().Replace(".", "", StringComparison.Ordinal)}";
        var database = _client.Database(name, createIfMissing: true);
        await database.ExecAsync(ImportInput.Schema);
        var start = Stopwatch.GetTimestamp();
        await WriteAsync(database, way, rows);
        var elapsed = Stopwatch.GetElapsedTime(start);
        var count = await database.Prepare("SELECT count(*) FROM items").FirstAsync<long>();
        await _client.DeleteDatabaseAsync(name);
        return count == rows ? elapsed : throw new InvalidOperationException($"{count} rows arrived instead of {rows}");
    }

    public void Dispose() => _client.Dispose();

    private async Task WriteAsync(Database database, string way, int rows)
    {
        var insert = database.Prepare("INSERT INTO items (id, name, score) VALUES (?, ?, ?)");
        switch (way)
        {
            case "bulk" or "bulk-json":
                var options = new BulkOptions { AsParameters = way == "bulk" ? null : false };
                await database.InsertManyAsync(Items, Enumerable.Range(0, rows),
                    batchRows is { } wanted ? options with { BatchRowsMax = wanted, BatchBytesMax = 8_000_000 } : options);
                break;
            case "multi-row":
                foreach (var chunk in Enumerable.Range(0, rows).Chunk(MultiRowCount))
                {
                    await database.Prepare("INSERT INTO items (id, name, score) VALUES "
                        + string.Join(',', Enumerable.Repeat("(?,?,?)", chunk.Length)))
                        .Bind([.. chunk.SelectMany(Values)]).RunAsync();
                }

                break;
            case "batch-100":
                foreach (var chunk in Enumerable.Range(0, rows).Chunk(100))
                {
                    await database.BatchAsync([.. chunk.Select(index => insert.Bind(Values(index)))]);
                }

                break;
            default:
                for (var index = 0; index < rows; index++)
                {
#pragma warning disable SHOAL001 // what the others are compared with
                    await insert.Bind(Values(index)).RunAsync();
#pragma warning restore SHOAL001
                }

                break;
        }
    }

    private static SqlValue[] Values(int index) => [index + 1, Name(index), ImportInput.Score(index)];

    private static string Name(int index) => string.Create(CultureInfo.InvariantCulture, $"item number {index % 99_991}");
}
