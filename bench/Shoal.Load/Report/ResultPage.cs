using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Shoal.Load.Report;

/// <summary>A run for people.</summary>
internal static class ResultPage
{
    private static readonly (string Scenario, string Title, string Peer)[] Loads =
    [
        ("point-read", "Point read over HTTP", "a table of 10,000 rows, `SELECT id, name, email, score FROM users WHERE id = ?`"),
        ("insert-1", "Durable single-row insert, 1 database", "`INSERT INTO events(kind, value, at) VALUES (?, ?, ?)`"),
        ("insert-100", "Durable single-row insert, 100 databases", "the same, each request to a database at random"),
    ];

    public static string Write(RunResults run, IReadOnlyList<Target> targets)
    {
        var page = new StringBuilder("# Benchmark results\n\n");
        WriteMachine(page, run.Machine);
        WriteTargets(page, targets);
        foreach (var (scenario, title, what) in Loads)
        {
            WriteLoad(page, run, scenario, title, what);
        }

        WriteImports(page, run);
        WriteDatabases(page, run);
        return page.ToString();
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

    private static void WriteLoad(StringBuilder page, RunResults run, string scenario, string title, string what)
    {
        var lines = run.Measurements
            .Where(line => RunResults.Label(line).StartsWith(scenario + "/", StringComparison.Ordinal)).ToArray();
        if (lines.Length == 0)
        {
            return;
        }

        page.Append(CultureInfo.InvariantCulture, $"## {title}\n\n{char.ToUpperInvariant(what[0])}{what[1..]}.\n\n")
            .Append("| System | connections | req/s | p50 µs | p99 µs | p99.9 µs | server CPU µs/req | shoal is | errors |\n")
            .Append("|---|---:|---:|---:|---:|---:|---:|---:|---:|\n");
        foreach (var line in lines.OrderBy(static line => RunResults.Number(line, "connections")))
        {
            var connections = RunResults.Number(line, "connections");
            var label = RunResults.Label(line);
            var ratio = label.EndsWith("/shoal", StringComparison.Ordinal)
                ? null
                : run.Ratio($"{scenario}/shoal", label, connections, "requestsPerSecond");
            page.Append(CultureInfo.InvariantCulture,
                $"| {label[(scenario.Length + 1)..]} | {connections} | {Cell(line, "requestsPerSecond")} | {Cell(line, "p50Microseconds")} | {Cell(line, "p99Microseconds")} | {Cell(line, "p999Microseconds")} | {Cell(line, "serverCpuMicrosecondsPerRequest", "N1")} | {(ratio is { } times ? Times(times) : "")} | {Cell(line, "errors")} |\n");
        }

        page.Append('\n');
    }

    private static void WriteImports(StringBuilder page, RunResults run)
    {
        var lines = run.Measurements
            .Where(static line => RunResults.Label(line).StartsWith("import/", StringComparison.Ordinal)).ToArray();
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
        var lines = run.Measurements
            .Where(static line => RunResults.Label(line).StartsWith("databases/", StringComparison.Ordinal)).ToArray();
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

    private static string Cell(JsonObject line, string name, string format = "N0") =>
        RunResults.Number(line, name)?.ToString(format, CultureInfo.InvariantCulture) ?? "";

    private static string Times(double ratio) =>
        ratio.ToString(ratio < 10 ? "0.00" : "N0", CultureInfo.InvariantCulture) + " ×";
}
