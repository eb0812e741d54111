using BenchmarkDotNet.Attributes;
using Shoal.Benchmarks.Import;
using Shoal.Engine.Transfer;

namespace Shoal.Benchmarks.Micro;

/// <summary>Import of 20,000 rows into an empty table, per row.</summary>
public class ImportBenchmarks
{
    private const int RowCount = 20_000;

    private readonly ImportInput _input = new(RowCount);
    private BenchmarkDatabase _database = null!;

    [GlobalSetup]
    public async Task SetUpAsync()
    {
        _database = await BenchmarkDatabase.CreateAsync();
        await _database.RunAsync(ImportInput.Schema);
    }

    [GlobalCleanup]
    public async Task CleanUpAsync() => await _database.DisposeAsync();

    [IterationSetup]
    public void Empty() => _database.RunAsync("DELETE FROM items").GetAwaiter().GetResult();

    [Benchmark(OperationsPerInvoke = RowCount)]
    public async Task Csv()
    {
        using var text = new MemoryStream(_input.Csv);
        await _database.Engine.ImportCsvAsync(_database.Id, text, new CsvImportOptions { Table = "items" });
    }

    [Benchmark(OperationsPerInvoke = RowCount)]
    public async Task SqlManyRowsPerStatement()
    {
        using var text = new MemoryStream(_input.MultiRowSql);
        await _database.Engine.ImportSqlAsync(_database.Id, text);
    }

    [Benchmark(OperationsPerInvoke = RowCount)]
    public async Task SqlOneRowPerStatement()
    {
        using var text = new MemoryStream(_input.SingleRowSql);
        await _database.Engine.ImportSqlAsync(_database.Id, text);
    }
}
