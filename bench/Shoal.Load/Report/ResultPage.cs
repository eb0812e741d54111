using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Shoal.Load.Report;

/// <summary>A run for people.</summary>
internal static class ResultPage
{
    private static readonly (string Name, string Title, string Format)[] LoadColumns =
    [
        ("connections", "clients", "N0"),
        ("requestsPerSecond", "per second", "N0"),
        ("p50Microseconds", "p50 µs", "N0"),
        ("p99Microseconds", "p99 µs", "N0"),
        ("p999Microseconds", "p99.9 µs", "N0"),
        ("serverCpuMicrosecondsPerRequest", "server CPU µs/req", "N1"),
        ("cpuMicrosecondsPerCommit", "CPU µs/commit", "N1"),
        ("flushesPerCommit", "flushes/commit", "N3"),
        ("logBytesPerCommit", "log bytes/commit", "N0"),
        ("errors", "errors", "N0"),
    ];

    public static string Write(RunResults run, IReadOnlyList<Target> targets)
    {
        var page = new StringBuilder("# Benchmark results\n\n");
        WriteMachine(page, run.Machine);
        WriteTargets(page, targets);
        foreach (var scenario in Scenario.All)
        {
            WriteLoad(page, run, scenario);
        }

        WriteImports(page, run);
        WriteDatabases(page, run);
        WriteLines(page, run, "client/", "The .NET client over HTTP and in process",
            "Rows of an integer key, a short text and a real into one database, one request at a time; `writer-N` into N databases; `items-1k` are items of 1 KB of JSON in calls of 100 by four callers, with the slowest twentieth of the calls' times left out under p95; `read` selects one row by its key. Bytes are those the client's process allocates, the input's rows included.",
            [("rows", "rows", "N0"), ("seconds", "seconds", "N2"), ("rowsPerSecond", "rows/s", "N0"), ("allocatedPerRow", "bytes/row", "N0"), ("p95Milliseconds", "p95 ms", "N1")]);
        (string, string, string)[] items =
            [("itemsPerSecond", "items/s", "N0"), ("p50Microseconds", "p50 µs", "N0"), ("p99Microseconds", "p99 µs", "N0")];
        WriteLines(page, run, "items-embedded/", "Items in process",
            "Items of 200 bytes; the number is that of writers. Times are those of a call, which is 25 items in a batch.", items);
        WriteLines(page, run, "items-postgresql/", "The same items in PostgreSQL, as jsonb by a text key",
            "By pgbench, prepared; 25 items of a batch are one statement, whose keys the server makes itself.", items);
        WriteLines(page, run, "items-http/", "Items over DynamoDB's protocol", "The client shares the machine.", items);
        WriteLines(page, run, "items-dynalite/", "The same items in dynalite, over the same protocol",
            "By the same client; dynalite keeps files that it does not flush.", items);
        WriteLines(page, run, "sync/", "PostgreSQL to one database per tenant",
            "The rows of 100 tenants, copied at first, after a fifth as many into other databases, three times, as a warm-up; then inserts, updates and deletes of as many rows each, in transactions of 1,000 rows, after a quarter as many as a warm-up, and of one, that waited when the sync began; each beside PostgreSQL's own program that reads the same and drops it. `lag` is from the end of a commit of one row until a reader of the tenant's database sees it; `read` is one row by its key over HTTP from the tenant's database, and then the same from PostgreSQL. `push` is messages into the queue over HTTP in requests of 100 by four callers, until they are answered and durable, with the times of a request, and then until all are at their tenants; beside the same messages in statements of 100 rows into a table of PostgreSQL with the same indexes. PostgreSQL, the sync and the server share the machine.",
            [("rows", "rows", "N0"), ("seconds", "seconds", "N2"), ("rowsPerSecond", "rows/s", "N0"), ("p50Milliseconds", "p50 ms", "N2"), ("p99Milliseconds", "p99 ms", "N2")]);
        WriteLines(page, run, "hosting/", "Hosting, in process",
            "Each phase but the first two reads the one row of each database, one after the other.",
            [("databases", "databases", "N0"), ("seconds", "seconds", "N2"), ("p50Microseconds", "p50 µs", "N0"), ("p99Microseconds", "p99 µs", "N0"),
                ("residentBytes", "resident bytes", "N0"), ("open", "open", "N0"), ("descriptors", "descriptors", "N0")]);
        NoisePage.Write(page, run);
        WriteLines(page, run, "transfer/", "Export and import of one database, through the server",
            "Megabytes are those of the SQL file for reading, of the database file for dumping; the peak is the server's resident memory.",
            [("bytes", "bytes", "N0"), ("seconds", "seconds", "N2"), ("megabytesPerSecond", "MB/s", "N1"), ("peakBytes", "peak bytes", "N0")]);
        WriteLines(page, run, "recovery/", "Restart with a long log",
            "Files of a running engine, copied and pushed out of the page cache; then each database is read once.",
            [("logBytes", "log bytes", "N0"), ("databases", "databases", "N0"), ("commits", "commits", "N0"), ("openedSeconds", "opened s", "N2"),
                ("servingSeconds", "first answer s", "N2"), ("allReadSeconds", "all read s", "N2"), ("p50Microseconds", "p50 µs", "N0"), ("p99Microseconds", "p99 µs", "N0")]);
        WriteHistory(page, run);
        return page.ToString();
    }

    private static void WriteHistory(StringBuilder page, RunResults run)
    {
        WriteLines(page, run, "history/", "History",
            "Tenants of 2 MB with three indexes: in each hour a tenth of them has a commit every ten seconds. `log` is what the commit log has of them; snapshots are computed: one for 32 MiB of log, as large as a tenant's first pack; the last line is a pack of an hour.",
            [("commits", "commits", "N0"), ("bytesPerCommit", "bytes/commit", "N0"), ("processorMicroseconds", "CPU µs/commit", "N0")]);
        WriteLines(page, run, "history-codec/", "Codecs",
            "The blocks of those packs, each in one call on one thread, by Zstandard at level 1, with long-distance matching for commits, which packs use, and by Brotli at quality 4, which version 1 of them did; windows of 16 MiB. MB are uncompressed.",
            [("blocks", "blocks", "N0"), ("rawBytes", "bytes", "N0"), ("zstandardPart", "Zstandard: part", "N4"), ("zstandardCompress", "MB/s in", "N0"), ("zstandardDecompress", "MB/s out", "N0"),
                ("brotliPart", "Brotli: part", "N4"), ("brotliCompress", "MB/s in", "N0"), ("brotliDecompress", "MB/s out", "N0"), ("sizeRatio", "× size", "N2"), ("compressRatio", "× in", "N1"), ("decompressRatio", "× out", "N1")]);
        WriteLines(page, run, "history-model/", "History of a large node, computed",
            "50,000 databases of 2 MB, 5,000 active in an hour, 500 commits per second, 30 days, from the bytes per commit above. Shoal: a pack is of 128 MiB of log or ends at 64 MiB, and takes a PUT, as does the manifest that names it. Litestream: a PUT per database and second with changes, 30 s, 5 min and 1 h, and a snapshot a day; what it stores is not computed. Amazon S3 Standard, list prices of US East, November 2026: $0.005 per 1,000 PUT, $0.023 per GB and month.",
            [("requestsPerDay", "PUTs/day", "N0"), ("objects", "objects", "N0"), ("gigabytes", "GB", "N0"), ("requestDollars", "$/month requests", "N2"), ("storageDollars", "$/month storage", "N2")]);
        WriteLines(page, run, "history-restore/", "Restores",
            "To a moment of five days ago, in packs of a day, and to one of now, in place and as a fork; the number is the size in MiB, `slow` a disk whose flush takes a millisecond. The copy is one of the file, from the page cache, with a flush of the copy and of its folder: as durable as the restore; a plain one has no flush. Cold: with nothing of the database, the packs and the file in the page cache. The bare steps, of a small database, are what no restore in place can do without, one after the other: to decompress the blocks, write and check a file, write its pages into a WAL, and write and flush as many bytes of a log.",
            [("bytes", "bytes", "N0"), ("plainCopySeconds", "plain copy s", "N4"), ("copySeconds", "copy s", "N4"), ("restoreSeconds", "restore s", "N4"), ("restoreRatio", "× copy", "N2"), ("plainRatio", "× plain", "N2"), ("forkSeconds", "fork s", "N3"), ("forkRatio", "× copy", "N2"),
                ("coldCopySeconds", "cold: copy s", "N4"), ("coldRestoreSeconds", "restore s", "N4"), ("coldRestoreRatio", "× copy", "N2"), ("coldForkSeconds", "fork s", "N3"), ("coldForkRatio", "× copy", "N2"),
                ("bareSeconds", "bare steps s", "N4"), ("bareRatio", "restore × bare", "N2")]);
        WriteLines(page, run, "history-foreground/", "Requests beside compaction",
            "200 reads and 200 durable writes a second over 20 databases, in process: quietly, beside a process of idle priority that only computes, and while packs are put together by hours and by days. The process shows what the machine itself makes of one more busy processor. Medians of the rounds.",
            [("seconds", "compaction s", "N1"), ("quietP50Microseconds", "quiet p50 µs", "N0"), ("controlP50Microseconds", "process p50 µs", "N0"), ("p50Microseconds", "p50 µs", "N0"), ("quietP99Microseconds", "quiet p99 µs", "N0"), ("controlP99Microseconds", "process p99 µs", "N0"), ("p99Microseconds", "p99 µs", "N0"), ("p99Ratio", "× quiet", "N2"), ("controlRatio", "× process", "N2"), ("rounds", "rounds", "N0")]);
        WriteLines(page, run, "history-sustained/", "Writers that never pause",
            "64 writers of single rows over so many databases, in process, with and without history, in turns.",
            [("seconds", "seconds", "N0"), ("commitsPerSecond", "commits/s", "N0"), ("withoutCommitsPerSecond", "without history", "N0"), ("ratio", "ratio", "N2")]);
    }

    private static void WriteMachine(StringBuilder page, JsonObject machine)
    {
        page.Append("| Machine | |\n|---|---|\n");
        foreach (var (name, value) in machine)
        {
            if (name != "label")
            {
                page.Append(CultureInfo.InvariantCulture, $"| {name} | {value} |\n");
            }
        }

        page.Append('\n');
    }

    private static void WriteTargets(StringBuilder page, IReadOnlyList<Target> targets)
    {
        page.Append("## Targets\n\n| What | at least | measured | met |\n|---|---:|---:|---|\n");
        foreach (var target in targets)
        {
            page.Append(CultureInfo.InvariantCulture, $"| {target.What} | {target.AtLeast:0.##} × | ")
                .Append(target.Measured is { } measured ? Times(measured) : "not measured")
                .Append(" | ").Append(target.Met is { } met ? met ? "yes" : "**no**" : "").Append(" |\n");
        }

        page.Append('\n');
    }

    private static void WriteLoad(StringBuilder page, RunResults run, Scenario scenario)
    {
        var lines = run.Of(scenario.Name + "/");
        if (lines.Length == 0)
        {
            return;
        }

        // Some columns only some systems have: those in process count flushes, those over HTTP errors.
        var columns = LoadColumns.Where(column => lines.Any(line => line.ContainsKey(column.Name))).ToArray();
        page.Append(CultureInfo.InvariantCulture,
                $"## {scenario.Title}\n\n{char.ToUpperInvariant(scenario.What[0])}{scenario.What[1..]}.\n\n| System |")
            .AppendJoin(string.Empty, columns.Select(static column => $" {column.Title} |"))
            .Append(CultureInfo.InvariantCulture, $" {scenario.Primary} is |\n|---|")
            .AppendJoin(string.Empty, Enumerable.Repeat("---:|", columns.Length + 1)).Append('\n');
        foreach (var line in lines.OrderBy(static line => RunResults.Number(line, "connections")))
        {
            var label = RunResults.Label(line);
            var system = label[(scenario.Name.Length + 1)..];
            page.Append(CultureInfo.InvariantCulture, $"| {system} |");
            foreach (var column in columns)
            {
                page.Append(CultureInfo.InvariantCulture, $" {Cell(line, column.Name, column.Format)} |");
            }

            var ratio = system == scenario.Primary
                ? null
                : run.Ratio($"{scenario.Name}/{scenario.Primary}", label, RunResults.Number(line, "connections"),
                    "requestsPerSecond");
            page.Append(CultureInfo.InvariantCulture, $" {(ratio is { } times ? Times(times) : "")} |\n");
        }

        page.Append('\n');
    }

    private static void WriteImports(StringBuilder page, RunResults run)
    {
        var lines = run.Of("import/");
        if (lines.Length == 0)
        {
            return;
        }

        page.Append("## Bulk import, in process\n\nRows of an integer key, a short text and a real; miniflare by its `batch()` of 100 statements.\n\n")
            .Append("| Way | rows | seconds | rows/s | of raw SQLite |\n|---|---:|---:|---:|---:|\n");
        foreach (var line in lines)
        {
            var label = RunResults.Label(line);
            var ratio = run.Ratio(label, "import/raw-sqlite", null, "rowsPerSecond");
            page.Append(CultureInfo.InvariantCulture,
                $"| {label["import/".Length..]} | {Cell(line, "rows")} | {Cell(line, "seconds", "N2")} | {Cell(line, "rowsPerSecond")} | {(ratio is { } times ? Times(times) : "")} |\n");
        }

        page.Append('\n');
    }

    private static void WriteDatabases(StringBuilder page, RunResults run)
    {
        var lines = run.Of("databases/");
        if (lines.Length == 0)
        {
            return;
        }

        page.Append("## Many databases\n\n| Phase | databases | seconds | per second | resident MiB | descriptors | lost |\n")
            .Append("|---|---:|---:|---:|---:|---:|---:|\n");
        foreach (var line in lines)
        {
            var resident = RunResults.Number(line, "residentBytes") / 1048576;
            page.Append(CultureInfo.InvariantCulture,
                $"| {RunResults.Label(line)["databases/".Length..]} | {Cell(line, "databases")} | {Cell(line, "seconds", "N2")} | {Cell(line, "perSecond")} | {resident:N0} | {Cell(line, "descriptors")} | {Cell(line, "lost")} |\n");
        }

        page.Append('\n');
    }

    /// <summary>A table with a line per measurement.</summary>
    internal static void WriteLines(StringBuilder page, RunResults run, string prefix, string title, string what,
        (string Name, string Title, string Format)[] columns)
    {
        var lines = run.Of(prefix);
        if (lines.Length == 0)
        {
            return;
        }

        page.Append(CultureInfo.InvariantCulture, $"## {title}\n\n{what}\n\n| |")
            .AppendJoin(string.Empty, columns.Select(static column => $" {column.Title} |"))
            .Append("\n|---|").AppendJoin(string.Empty, Enumerable.Repeat("---:|", columns.Length)).Append('\n');
        foreach (var line in lines)
        {
            page.Append(CultureInfo.InvariantCulture, $"| {RunResults.Label(line)[prefix.Length..]} |")
                .AppendJoin(string.Empty, columns.Select(column => $" {Cell(line, column.Name, column.Format)} |"))
                .Append('\n');
        }

        page.Append('\n');
    }

    private static string Cell(JsonObject line, string name, string format = "N0") =>
        RunResults.Number(line, name)?.ToString(format, CultureInfo.InvariantCulture) ?? "";

    internal static string Times(double ratio) =>
        ratio.ToString(ratio < 10 ? "0.00" : "N0", CultureInfo.InvariantCulture) + " ×";
}
