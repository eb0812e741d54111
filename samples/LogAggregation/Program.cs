using Shoal.Client.Buffering;
using Shoal.Client.Bulk;
using Shoal.Samples;
using Shoal.Samples.LogAggregation;

// usage: LogAggregation < access.log. Stores each line of a web server's log and prints the paths that were asked for most. What
// the database refuses goes to a file of dead letters, from which it can be written again.
using var client = ShoalSettings.Connect();
var logs = client.Database("logs", createIfMissing: true);
await logs.ExecAsync("""
    CREATE TABLE IF NOT EXISTS requests(line INTEGER PRIMARY KEY, at TEXT NOT NULL, method TEXT NOT NULL, path TEXT NOT NULL,
        status INTEGER NOT NULL CHECK (status BETWEEN 100 AND 599), bytes INTEGER);
    CREATE INDEX IF NOT EXISTS requests_path ON requests(path);
    """);
var map = new TableMap<LogLine>("requests")
    .Key("line", static line => line.Number)
    .Column("at", static line => line.At)
    .Column("method", static line => line.Method)
    .Column("path", static line => line.Path)
    .Column("status", static line => line.Status)
    .Column("bytes", static line => line.Bytes);

using var letters = new FileDeadLetterStore("dead-letters.jsonl");
long number = 0;
long strange = 0;

// The same log again changes nothing: lines keep their numbers.
await using (var buffer = new WriteBuffer<LogLine>(logs, map, WriteMode.Ignore, new WriteBufferOptions<LogLine>
{
    Name = "logs",
    DeadLetters = letters,
}))
{
    while (await Console.In.ReadLineAsync() is { } text)
    {
        if (LogLine.Parse(++number, text) is { } line)
        {
            await buffer.AddAsync(line);
        }
        else
        {
            strange++;
        }
    }

    var report = await buffer.FlushAsync();
    Console.WriteLine($"{number} lines: {report.Applied} stored, {report.Rejected} refused, {strange} of another format");
}

Console.WriteLine($"{letters.Count} dead letters in dead-letters.jsonl");
foreach (var row in await logs.Prepare("""
    SELECT path, count(*) AS requests, sum(status >= 500) AS errors FROM requests GROUP BY path ORDER BY 2 DESC, 1 LIMIT 3
    """).AllAsync<PathSummary>())
{
    Console.WriteLine($"{row.Requests,6} {row.Path} ({row.Errors} errors)");
}
