using System.Text;
using BenchmarkDotNet.Attributes;
using Shoal.Sqlite.Connections;
using Shoal.Sqlite.Statements;

namespace Shoal.Benchmarks.Micro;

/// <summary>What a statement costs at the binding: compiling it, finding it in the cache, running it.</summary>
public class StatementBenchmarks
{
    private static readonly byte[] Sql = Encoding.UTF8.GetBytes("SELECT id, name FROM users WHERE id = ?\0");

    private readonly StatementCache _cache = new(1024 * 1024);
    private SqliteConnection _connection = null!;
    private SqliteStatement _statement = null!;
    private long _next;

    [GlobalSetup]
    public void SetUp()
    {
        SqliteConnection.Open(":memory:", SqliteOpenMode.Create, out var connection);
        _connection = connection!;
        _connection.Execute(
            """
            CREATE TABLE users(id INTEGER PRIMARY KEY, name TEXT);
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)
            INSERT INTO users SELECT i, 'User number ' || i FROM n
            """);
        for (var other = 0; other < 50; other++)
        {
            var text = Encoding.UTF8.GetBytes($"SELECT name, {other} FROM users WHERE id = ?\0");
            _connection.Prepare(text, persistent: true, out var statement, out _);
            _cache.Add(text.AsSpan(..^1), statement!);
        }

        _connection.Prepare(Sql, persistent: true, out var own, out _);
        _statement = own!;
        _cache.Add(Sql.AsSpan(..^1), _statement);
    }

    [GlobalCleanup]
    public void CleanUp()
    {
        _cache.Dispose();
        _connection.Dispose();
    }

    [Benchmark]
    public void Compile()
    {
        _connection.Prepare(Sql, persistent: false, out var statement, out _);
        statement!.Dispose();
    }

    [Benchmark]
    public bool FindInCache() => _cache.TryGet(Sql.AsSpan(..^1), out _);

    [Benchmark]
    public long BindStepReset()
    {
        _statement.BindInteger(1, (_next++ % 10_000) + 1);
        _statement.Step();
        var row = _statement.Row(2);
        var sum = row.Integer(0) + row.Text(1).Length;
        _statement.Step();
        _statement.Reset();
        return sum;
    }
}
