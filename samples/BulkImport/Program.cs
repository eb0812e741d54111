using System.Diagnostics;
using System.Globalization;
using Shoal.Client;
using Shoal.Samples;
using Shoal.Samples.BulkImport;

// usage: BulkImport [FILE]. Imports Unicode's character table five ways, each into a table of its own, and measures them.
var file = args.Length > 0 ? args[0] : "/usr/share/unicode/UnicodeData.txt";
var characters = File.ReadLines(file).Select(static line => line.Split(';'))
    .Select(static field => new Character(Convert.ToInt64(field[0], 16), field[1], field[2])).ToList();
using var client = ShoalSettings.Connect();
var unicode = client.Database("bulk-import", createIfMissing: true);

// What the first requests make a program and a server do once is no part of the comparison.
await MeasureAsync("", characters.Take(2_000), Steps.BulkAsync);
await MeasureAsync("", characters.Take(200), Steps.RowByRowAsync);

Console.WriteLine("step         rows   requests   seconds      rows/s");
await MeasureAsync("row by row", characters.Take(2_000), Steps.RowByRowAsync);
await MeasureAsync("batches", characters, Steps.BatchesAsync);
await MeasureAsync("multi-row", characters, Steps.MultiRowAsync);
await MeasureAsync("bulk", characters, Steps.BulkAsync);
await MeasureAsync("buffer", characters, Steps.BufferAsync);
await client.DeleteDatabaseAsync("bulk-import");

async Task MeasureAsync(string step, IEnumerable<Character> wanted, Func<Database, IReadOnlyList<Character>, Task> import)
{
    var rows = wanted.ToList();
    await unicode.ExecAsync("""
        DROP TABLE IF EXISTS characters;
        CREATE TABLE characters(codepoint INTEGER PRIMARY KEY, name TEXT NOT NULL, category TEXT NOT NULL)
        """);
    using var requests = new RequestCounter();
    var start = Stopwatch.GetTimestamp();
    await import(unicode, rows);
    var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
    var arrived = await unicode.Prepare("SELECT count(*) FROM characters").FirstAsync<int>();
    if (arrived != rows.Count)
    {
        throw new InvalidOperationException($"{step}: {arrived} rows arrived instead of {rows.Count}");
    }

    if (step.Length > 0)
    {
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{step,-10} {rows.Count,6} {requests.Count - 1,10} {seconds,9:F3} {rows.Count / seconds,11:N0}"));
    }
}
