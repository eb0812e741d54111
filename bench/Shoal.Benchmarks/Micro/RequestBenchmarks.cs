using System.Text;
using BenchmarkDotNet.Attributes;
using Shoal.Engine.Requests;

namespace Shoal.Benchmarks.Micro;

/// <summary>Requests through the engine, without HTTP: a point read, a durable insert, and a group of inserts.</summary>
public class RequestBenchmarks
{
    private const int GroupSize = 64;

    private static readonly byte[] Read = Encoding.UTF8.GetBytes("SELECT id, name, email, score FROM users WHERE id = ?");
    private static readonly byte[] Insert = Encoding.UTF8.GetBytes("INSERT INTO events(kind, value) VALUES ('click', ?)");

    private readonly CountingSink _sink = new();
    private BenchmarkDatabase _database = null!;
    private long _next;

    [GlobalSetup]
    public async Task SetUpAsync()
    {
        _database = await BenchmarkDatabase.CreateAsync();
        await _database.RunAsync(
            """
            CREATE TABLE users(id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT NOT NULL, score REAL);
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)
            INSERT INTO users SELECT i, 'User number ' || i, 'user' || i || '@example.com', i * 0.5 FROM n;
            CREATE TABLE events(id INTEGER PRIMARY KEY, kind TEXT, value REAL)
            """);
    }

    [GlobalCleanup]
    public async Task CleanUpAsync() => await _database.DisposeAsync();

    [Benchmark]
    public void PointRead()
    {
        var request = RequestOf(Read);
        var run = _database.Engine.ExecuteAsync(_database.Id, request, _sink);
        if (!run.IsCompletedSuccessfully)
        {
            throw new InvalidOperationException("a read of an open database must complete at once");
        }
    }

    [Benchmark]
    public async Task DurableInsert() =>
        await _database.Engine.ExecuteAsync(_database.Id, RequestOf(Insert), new CountingSink());

    [Benchmark(OperationsPerInvoke = GroupSize)]
    public async Task DurableInsertsAtOnce()
    {
        var runs = new Task[GroupSize];
        for (var index = 0; index < runs.Length; index++)
        {
            // On the pool: the first caller is the writer until its commit, the others queue up meanwhile.
            runs[index] = Task.Run(async () =>
                await _database.Engine.ExecuteAsync(_database.Id, RequestOf(Insert), new CountingSink()));
        }

        await Task.WhenAll(runs);
    }

    private SqlRequest RequestOf(byte[] sql) => new()
    {
        Items = [new SqlBatchItem(sql, new[] { SqlValue.Real((Interlocked.Increment(ref _next) % 10_000) + 1) })],
    };
}
