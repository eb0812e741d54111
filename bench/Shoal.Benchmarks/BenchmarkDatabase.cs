using Shoal.Engine;
using Shoal.Engine.Catalog;
using Shoal.Engine.Requests;
using Shoal.Protocol;

namespace Shoal.Benchmarks;

/// <summary>An engine on a data folder of its own with one database in it; the folder goes when it is disposed.</summary>
internal sealed class BenchmarkDatabase : IAsyncDisposable
{
    private readonly string _folder;

    private BenchmarkDatabase(string folder, DatabaseEngine engine, DatabaseId id)
    {
        _folder = folder;
        Engine = engine;
        Id = id;
    }

    public DatabaseEngine Engine { get; }

    public DatabaseId Id { get; }

    /// <summary>Opens an engine and creates the database.</summary>
    /// <param name="parent">Where to put the data folder; null for the temporary folder.</param>
    public static async Task<BenchmarkDatabase> CreateAsync(string? parent = null)
    {
        var folder = Path.Combine(parent ?? Path.GetTempPath(), "shoal-bench-" + Path.GetRandomFileName());
        var engine = await DatabaseEngine.OpenAsync(new EngineOptions { DataFolder = folder });
        var record = await engine.CreateDatabaseAsync(new NewDatabase { Account = "bench", Name = "bench" });
        return new BenchmarkDatabase(folder, engine, record.Id);
    }

    /// <summary>Runs SQL and forgets what it returns.</summary>
    public async Task RunAsync(string sql) =>
        await Engine.ExecuteAsync(Id, SqlRequest.Relaxed(sql), new ResultCollector());

    /// <summary>Runs SQL and gives the first value of the first row as an integer.</summary>
    public async Task<long> QueryIntegerAsync(string sql)
    {
        var collector = new ResultCollector();
        await Engine.ExecuteAsync(Id, SqlRequest.Relaxed(sql), collector);
        return collector.Rows[0][0].AsInteger;
    }

    public async ValueTask DisposeAsync()
    {
        await Engine.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
