using System.Diagnostics;
using System.Globalization;
using Shoal.Benchmarks.Import;
using Shoal.Client;
using Shoal.Client.Bulk;
using Shoal.Client.D1;
using Shoal.Embedded;

namespace Shoal.Benchmarks.Client;

/// <summary>Ways of writing rows, each into a database of its own that is deleted afterwards.</summary>
internal sealed class ClientWays(Uri address, string token, int? batchRows, string parent) : IAsyncDisposable
{
    /// <summary>Before the names of ways that run on an engine in this process.</summary>
    private const string Embedded = "embedded-";

    private const int MultiRowCount = 33;

    private static readonly TableMap<int> Items = new TableMap<int>("items")
        .Key("id", static index => index + 1).Column("name", static index => Name(index))
        .Column("score", static index => ImportInput.Score(index));

    private readonly string _folder = Path.Combine(parent, "shoal-bench-" + Path.GetRandomFileName());
    private readonly ShoalClient _client = new(new ShoalClientOptions { Address = address, Account = "bench", Token = token });

    /// <summary>All ways, raw SQLite first.</summary>
    public static string[] Names { get; } =
    [
        "raw-sqlite", "embedded-bulk", "bulk", "bulk-json", "multi-row", "embedded-batch-100", "batch-100", "embedded-per-row",
        "per-row", "embedded-read", "read",
        .. WriterWays.Names.SelectMany(static name => (string[])[Embedded + name, name]),
    ];

    private ShoalEngine? _engine;

    /// <summary>Of the last run: what a call took, the slowest twentieth left out; null where nothing is called in batches.</summary>
    public TimeSpan? P95 { get; private set; }

    public async Task<TimeSpan> RunAsync(string way, int rows)
    {
        var inProcess = way.StartsWith(Embedded, StringComparison.Ordinal);
        var client = inProcess ? (_engine ??= ShoalEngine.Open(_folder)).Client : _client;
        way = inProcess ? way[Embedded.Length..] : way;
        P95 = null;
        if (WriterWays.Names.Contains(way))
        {
            (var took, P95) = await WriterWays.RunAsync(client, way, rows);
            return took;
        }

        var name = $"client-{way}-{Path.GetRandomFileName().Replace(".", "", StringComparison.Ordinal)}";
        var database = client.Database(name, createIfMissing: true);
        await database.ExecAsync(ImportInput.Schema);
        if (way == "read")
        {
            await WriteAsync(database, "bulk", rows);
        }

        var start = Stopwatch.GetTimestamp();
        await WriteAsync(database, way, rows);
        var elapsed = Stopwatch.GetElapsedTime(start);
        var count = await database.Prepare("SELECT count(*) FROM items").FirstAsync<long>();
        await client.DeleteDatabaseAsync(name);
        return count == rows ? elapsed : throw new InvalidOperationException($"{count} rows arrived instead of {rows}");
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        if (_engine is not null)
        {
            await _engine.DisposeAsync();
            Directory.Delete(_folder, recursive: true);
        }
    }

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
            case "read":
                var select = database.Prepare("SELECT id, name, score FROM items WHERE id = ?");
                for (var index = 0; index < rows; index++)
                {
                    // Spread over the table, as a hash would.
                    var id = (int)((index * 2_654_435_761L) % rows) + 1;
                    if (await select.Bind(id).FirstAsync(static row => (row.GetInt64(0), row.GetString(1), row.GetDouble(2))) is var got
                        && got.Item1 != id)
                    {
                        throw new InvalidOperationException($"row {id} was asked for, {got.Item1} came");
                    }
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
