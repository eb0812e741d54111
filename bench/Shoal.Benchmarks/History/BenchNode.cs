using System.Diagnostics;
using System.Globalization;
using Shoal.Benchmarks.Micro;
using Shoal.Engine;
using Shoal.Engine.Catalog;
using Shoal.Engine.History;
using Shoal.Engine.Requests;
using Shoal.Protocol;

namespace Shoal.Benchmarks.History;

/// <summary>An engine with tenants as the load model has them: 2 MB, three indexes, inserts, updates of one row and of ten.</summary>
internal static class BenchNode
{
    private const int Rows = 8_000;

    public static Task<DatabaseEngine> OpenAsync(string folder, TimeProvider clock, HistoryLimits? limits = null,
        TimeSpan? checkpoints = null) =>
        DatabaseEngine.OpenAsync(new EngineOptions
        {
            DataFolder = folder,
            Durability = DurabilityMode.Log,
            TimeProvider = clock,
            FreeBytesMin = 0,
            CheckpointInterval = checkpoints ?? TimeSpan.FromSeconds(30),
            History = limits ?? new HistoryLimits { RestoresPerPeriodMax = int.MaxValue },
        });

    public static NewDatabase New(string name) => new() { Account = "bench", Name = name };

    public static async Task<DatabaseId> CreateTenantAsync(DatabaseEngine engine, string name)
    {
        var id = (await engine.CreateDatabaseAsync(New(name))).Id;
        await RunAsync(engine, id,
            $"""
            CREATE TABLE orders(id INTEGER PRIMARY KEY, customer INTEGER, kind TEXT, note TEXT, at INTEGER);
            INSERT INTO orders(customer, kind, note, at)
            WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {Rows})
            SELECT abs(random()) % 1000, 'kind ' || i % 20, 'order ' || i || ' of a customer, with some text about it: ' || hex(randomblob(30)), i FROM n;
            CREATE INDEX by_customer ON orders(customer, at); CREATE INDEX by_kind ON orders(kind); CREATE INDEX by_time ON orders(at)
            """);
        return id;
    }

    /// <summary>The next statement of a tenant.</summary>
    public static string Write(Random random, long number)
    {
        FormattableString sql = random.Next(10) switch
        {
            < 5 => $"""
                INSERT INTO orders(customer, kind, note, at) VALUES ({random.Next(1000)}, 'kind {random.Next(20)}',
                'order {number} of a customer, with some text about it: {random.NextInt64():x16}{random.NextInt64():x16}', {number})
                """,
            < 9 => $"""
                UPDATE orders SET note = 'changed {random.NextInt64():x16}', at = {number} WHERE id = {random.Next(Rows) + 1}
                """,
            _ => $"UPDATE orders SET kind = 'kind {random.Next(20)}' WHERE customer = {random.Next(1000)}",
        };
        return sql.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>A read of some rows by an index.</summary>
    public static string Read(Random random) => string.Create(CultureInfo.InvariantCulture,
        $"SELECT id, note FROM orders WHERE customer = {random.Next(1000)}");

    public static Task RunAsync(DatabaseEngine engine, DatabaseId id, string sql) =>
        engine.ExecuteAsync(id, SqlRequest.Relaxed(sql), new CountingSink()).AsTask();

    /// <summary>What the process uses of processors meanwhile; nothing else runs in it.</summary>
    public static async Task<TimeSpan> TakeAsync(Func<Task> work)
    {
        using var process = Process.GetCurrentProcess();
        var before = process.TotalProcessorTime;
        await work();
        process.Refresh();
        return process.TotalProcessorTime - before;
    }
}
