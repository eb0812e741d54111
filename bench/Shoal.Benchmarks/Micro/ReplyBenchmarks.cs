using System.Text;
using BenchmarkDotNet.Attributes;
using Shoal.Engine;
using Shoal.Engine.Requests;
using Shoal.Protocol;
using Shoal.Server.D1;
using Shoal.Server.Http;

namespace Shoal.Benchmarks.Micro;

/// <summary>A request's JSON on its way in, and its reply's on its way out.</summary>
public class ReplyBenchmarks
{
    private const int RowCount = 1_000;

    private readonly QueryBody _body = new(new EngineLimits(), new MemoryBudget(1L << 30));
    private readonly QueryReply _reply =
        new(Encoding.UTF8.GetBytes("{\"served_by\":\"shoal\","), bytesMax: 1L << 30, new MemoryBudget(1L << 30));

    private readonly byte[] _bytes = Encoding.UTF8.GetBytes(
        """{"sql":"SELECT id, name, email, score FROM users WHERE id = ?","params":[1234]}""");

    private BenchmarkDatabase _database = null!;
    private SqlRequest _all = null!;

    [GlobalSetup]
    public async Task SetUpAsync()
    {
        _database = await BenchmarkDatabase.CreateAsync();
        await _database.RunAsync(
            $"""
            CREATE TABLE users(id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT NOT NULL, score REAL);
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {RowCount})
            INSERT INTO users SELECT i, 'User number ' || i, 'user' || i || '@example.com', i * 0.25 FROM n
            """);
        _all = SqlRequest.Single("SELECT id, name, email, score FROM users");
    }

    [GlobalCleanup]
    public async Task CleanUpAsync() => await _database.DisposeAsync();

    [Benchmark]
    public int ParseBody()
    {
        _body.Parse(_bytes, CompatibilityLevel.Strict);
        return _body.Items.Count;
    }

    /// <summary>Per row of a result of 1,000 rows of 4 columns; what SQLite needs to find them is in it.</summary>
    [Benchmark(OperationsPerInvoke = RowCount)]
    public async Task<long> WriteRow()
    {
        _reply.Start(ReplyFrame.Envelope, ResultShape.Objects, CompatibilityLevel.Strict);
        await _database.Engine.ExecuteAsync(_database.Id, _all, _reply);
        _reply.Finish();
        return _reply.Buffer.Length;
    }
}
