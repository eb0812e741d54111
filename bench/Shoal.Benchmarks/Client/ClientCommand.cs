using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Shoal.Benchmarks.Import;
using Shoal.Load.Report;

namespace Shoal.Benchmarks.Client;

/// <summary><c>client</c>: ways of writing many rows, and of reading one, through the .NET client, over HTTP and in process, beside raw SQLite, in turns.</summary>
internal static class ClientCommand
{
    private const int WarmUpRows = 20_000;

    /// <summary>A million rows in process take half a second: with less before, half of that is compiling.</summary>
    private const int WarmUpRowsEmbedded = 400_000;

    public static Command Create()
    {
        var url = new Option<string>("--url") { Required = true };
        var token = new Option<string>("--token") { Required = true };
        var rows = new Option<int>("--rows") { DefaultValueFactory = static _ => 1_000_000 };
        var repeat = new Option<int>("--repeat") { DefaultValueFactory = static _ => 3 };
        var batchRows = new Option<int?>("--batch-rows") { Description = "rows of the bulk writer's batches; default its own" };
        var folder = new Option<string?>("--folder") { Description = "where to put raw SQLite's file; default the temporary folder" };
        var only = new Option<string?>("--only") { Description = "one of the ways" };
        var json = new Option<string?>("--json") { Description = "append the numbers to this file, one line per run" };
        var command = new Command("client", "Writing and reading rows through the .NET client.")
        {
            url, token, rows, repeat, batchRows, folder, only, json,
        };
        command.SetAction(async (parsed, _) =>
        {
            var count = parsed.GetValue(rows);
            var parent = parsed.GetValue(folder) ?? Path.GetTempPath();
            await using var ways = new ClientWays(
                new Uri(parsed.GetValue(url)!), parsed.GetValue(token)!, parsed.GetValue(batchRows), parent);
            var chosen = ClientWays.Names.Where(name => parsed.GetValue(only) is not { } one || one == name).ToArray();
            for (var round = -1; round < parsed.GetValue(repeat); round++)
            {
                foreach (var way in chosen)
                {
                    // Slow ways get fewer rows; a rate needs no more.
                    var asked = round >= 0 ? count : Math.Min(count, way == "embedded-bulk" ? WarmUpRowsEmbedded : WarmUpRows);
                    var wanted = Math.Min(asked, way switch
                    {
                        "per-row" or "embedded-per-row" => 5_000,
                        "read" => 20_000,
                        "items-1k" or "embedded-items-1k" => 200_000,
                        "batch-100" or "embedded-batch-100" => 100_000,
                        _ => int.MaxValue,
                    });
                    var allocated = GC.GetTotalAllocatedBytes();
                    var (elapsed, p95) = way == "raw-sqlite" ? (Raw(parent, wanted), null) : (await ways.RunAsync(way, wanted), ways.P95);
                    if (round >= 0)
                    {
                        Report(parsed.GetValue(json), way, wanted, elapsed, GC.GetTotalAllocatedBytes() - allocated, p95);
                    }
                }
            }
        });
        return command;
    }

    private static TimeSpan Raw(string parent, int rows)
    {
        var path = Path.Combine(parent, "shoal-bench-" + Path.GetRandomFileName());
        long start = 0;
        var elapsed = TimeSpan.Zero;
        try
        {
            RawImport.Run(path, new ImportInput(rows), () => start = Stopwatch.GetTimestamp(),
                () => elapsed = Stopwatch.GetElapsedTime(start));
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

    private static void Report(string? file, string way, int rows, TimeSpan elapsed, long allocated, TimeSpan? p95)
    {
        var perSecond = rows / elapsed.TotalSeconds;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"client/{way,-16} {rows,10:N0} rows  {elapsed.TotalSeconds,7:N3} s  {perSecond,12:N0} rows/s  {allocated / (double)rows,8:N0} B/row{(p95 is { } time ? $"  p95 {time.TotalMilliseconds:N1} ms per 100" : "")}"));
        Measurement.Append(file, "client/" + way, new
        {
            rows,
            seconds = Math.Round(elapsed.TotalSeconds, 4),
            rowsPerSecond = Math.Round(perSecond),
            allocatedPerRow = Math.Round(allocated / (double)rows),
            p95Milliseconds = p95 is { } slow ? Math.Round(slow.TotalMilliseconds, 2) : (double?)null,
        });
    }
}
