using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Shoal.Engine.Transfer;
using Shoal.Load.Report;

namespace Shoal.Benchmarks.Import;

/// <summary><c>import</c>: the engine's imports beside raw SQLite, in turns, so that all see the same machine.</summary>
internal static class ImportCommand
{
    /// <summary>Rows imported by each way before the clock starts, so that its code is compiled for good.</summary>
    private const int WarmUpRows = 50_000;

    private const string RawSqlite = "raw-sqlite";

    private static readonly string[] Ways = [RawSqlite, "csv", "sql-multi", "sql-single"];

    public static Command Create()
    {
        var rows = new Option<int>("--rows") { DefaultValueFactory = static _ => 1_000_000 };
        var repeat = new Option<int>("--repeat") { DefaultValueFactory = static _ => 3 };
        var folder = new Option<string?>("--folder") { Description = "where to put the databases; default the temporary folder" };
        var only = new Option<string?>("--only") { Description = "raw-sqlite, csv, sql-multi or sql-single" };
        var json = new Option<string?>("--json") { Description = "append the numbers to this file, one line per run" };
        var command = new Command("import", "Bulk import: the engine beside one prepared INSERT on raw SQLite.")
        {
            rows, repeat, folder, only, json,
        };
        command.SetAction(async (parsed, _) =>
        {
            var input = new ImportInput(parsed.GetValue(rows));
            var parent = parsed.GetValue(folder) ?? Path.GetTempPath();
            var ways = Ways.Where(way => parsed.GetValue(only) is not { } name || name == way).ToArray();
            foreach (var way in ways)
            {
                await RunAsync(parent, new ImportInput(WarmUpRows), way);
            }

            for (var round = 0; round < parsed.GetValue(repeat); round++)
            {
                foreach (var way in ways)
                {
                    Report(parsed.GetValue(json), way, input.RowCount, await RunAsync(parent, input, way));
                }
            }
        });
        return command;
    }

    private static Task<TimeSpan> RunAsync(string parent, ImportInput input, string way) =>
        way == RawSqlite ? Task.FromResult(Raw(parent, input)) : EngineAsync(parent, input, way);

    private static TimeSpan Raw(string parent, ImportInput input)
    {
        var path = Path.Combine(parent, "shoal-bench-" + Path.GetRandomFileName());
        long start = 0;
        var elapsed = TimeSpan.Zero;
        try
        {
            var count = RawImport.Run(path, input, () => start = Stopwatch.GetTimestamp(),
                () => elapsed = Stopwatch.GetElapsedTime(start));
            Check(count, input);
            return elapsed;
        }
        finally
        {
            foreach (var suffix in (string[])["", "-wal", "-shm"])
            {
                File.Delete(path + suffix);
            }
        }
    }

    private static async Task<TimeSpan> EngineAsync(string parent, ImportInput input, string way)
    {
        await using var database = await BenchmarkDatabase.CreateAsync(parent);
        await database.RunAsync(ImportInput.Schema);
        using var text = new MemoryStream(way switch
        {
            "csv" => input.Csv,
            "sql-multi" => input.MultiRowSql,
            _ => input.SingleRowSql,
        });
        var start = Stopwatch.GetTimestamp();
        _ = way == "csv"
            ? await database.Engine.ImportCsvAsync(database.Id, text, new CsvImportOptions { Table = "items" })
            : await database.Engine.ImportSqlAsync(database.Id, text);
        var elapsed = Stopwatch.GetElapsedTime(start);
        Check(await database.QueryIntegerAsync("SELECT count(*) FROM items"), input);
        return elapsed;
    }

    private static void Check(long count, ImportInput input)
    {
        if (count != input.RowCount)
        {
            throw new InvalidOperationException($"{count} rows arrived instead of {input.RowCount}");
        }
    }

    private static void Report(string? file, string way, int rows, TimeSpan elapsed)
    {
        var perSecond = rows / elapsed.TotalSeconds;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"import/{way,-12} {rows,10:N0} rows  {elapsed.TotalSeconds,7:N3} s  {perSecond,12:N0} rows/s"));
        Measurement.Append(file, "import/" + way, new
        {
            rows,
            seconds = Math.Round(elapsed.TotalSeconds, 4),
            rowsPerSecond = Math.Round(perSecond),
            sqlite = Sqlite.SqliteLibrary.Version,
        });
    }
}
