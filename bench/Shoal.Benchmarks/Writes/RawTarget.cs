using Shoal.Sqlite;
using Shoal.Sqlite.Connections;
using Shoal.Sqlite.Statements;

namespace Shoal.Benchmarks.Writes;

/// <summary>The baseline: plain SQLite, one connection a database, <c>synchronous=FULL</c>, one commit after the other.</summary>
internal sealed class RawTarget : IWriteTarget
{
    private readonly string _folder;
    private readonly Writer[] _writers;
    private long _commits;

    public RawTarget(string folder, int databases)
    {
        _folder = Directory.CreateDirectory(folder).FullName;
        _writers = [.. Enumerable.Range(0, databases).Select(index => new Writer(Path.Combine(folder, $"{index}.sqlite")))];
    }

    public bool Blocks => true;

    /// <summary>SQLite flushes the WAL once for each commit; what its own checkpoints flush is not counted.</summary>
    public FlushCounts Flushes => new(Interlocked.Read(ref _commits), 0);

    public ValueTask WriteAsync(int database, long value)
    {
        _writers[database].Insert(value);
        Interlocked.Increment(ref _commits);
        return ValueTask.CompletedTask;
    }

    public Task<long> CountAsync() => Task.FromResult(_writers.Sum(static writer => writer.Count()));

    public ValueTask DisposeAsync()
    {
        foreach (var writer in _writers)
        {
            writer.Dispose();
        }

        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    private sealed class Writer : IDisposable
    {
        private readonly Lock _gate = new();
        private readonly SqliteConnection _connection;
        private readonly SqliteStatement _insert;

        public Writer(string path)
        {
            var status = SqliteConnection.Open(path, SqliteOpenMode.Create, out var connection);
            _connection = connection ?? throw new SqliteException(status, $"cannot create {path}");
            _connection.Execute("PRAGMA page_size=4096; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL");
            _connection.Execute(Schema.Create);
            _insert = _connection.Prepare(Schema.Insert);
        }

        public void Insert(long value)
        {
            lock (_gate)
            {
                _insert.BindText(1, "click"u8);
                _insert.BindReal(2, value);
                _insert.BindInteger(3, Schema.At);
                var step = _insert.Step();
                _insert.Reset();
                if (!step.IsSuccess)
                {
                    throw new SqliteException(step, _connection.ErrorMessage);
                }
            }
        }

        public long Count() => _connection.QueryInteger(Schema.Count);

        public void Dispose()
        {
            _insert.Dispose();
            _connection.Dispose();
        }
    }
}
