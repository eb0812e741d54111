using System.Globalization;
using System.Text;

namespace Shoal.Load.Report;

/// <summary>What a run says of one tenant beside a noisy one, for people.</summary>
internal static class NoisePage
{
    private const string P99 = "p99Microseconds";

    /// <summary>Connections of those that measure.</summary>
    private const int Connections = 2;

    /// <summary>The kinds of noise in a run, in the order measured.</summary>
    public static IEnumerable<string> Kinds(RunResults run) => run.Of("noisy-read/")
        .Select(static line => RunResults.Label(line)["noisy-read/".Length..]).Where(static kind => kind != "quiet");

    /// <summary>
    /// p99 beside the noise at Shoal, as times that beside what the machine alone makes of it; null when that was not measured.
    /// </summary>
    /// <param name="run">The run.</param>
    /// <param name="what"><c>read</c> or <c>write</c>.</param>
    /// <param name="kind">The noise.</param>
    public static double? Share(RunResults run, string what, string kind) =>
        run.Ratio($"noisy-{what}/{kind}", ControlOf(run, what, kind), Connections, P99);

    /// <summary>p99 beside the noise, as times the quiet server's.</summary>
    public static double? Growth(RunResults run, string what, string kind) =>
        run.Ratio($"noisy-{what}/{kind}", $"noisy-{what}/quiet", Connections, P99);

    /// <summary>Writes the tables.</summary>
    public static void Write(StringBuilder page, RunResults run)
    {
        WriteShares(page, run);
        (string Name, string Title, string Format)[] columns =
        [
            ("requestsPerSecond", "per second", "N0"), ("p50Microseconds", "p50 µs", "N0"), (P99, "p99 µs", "N0"),
            ("p999Microseconds", "p99.9 µs", "N0"), ("maxMicroseconds", "max µs", "N0"), ("errors", "errors", "N0"),
        ];
        ResultPage.WriteLines(page, run, "noisy-read/", "Point reads of one tenant, 400 per second, beside what another tenant does",
            "Two connections. The load generators stand for other machines: the noise's are of idle priority, those that measure go first.", columns);
        ResultPage.WriteLines(page, run, "noisy-write/", "Durable inserts of the same tenant, 200 per second, at the same time",
            "Two connections.", columns);
        ResultPage.WriteLines(page, run, "noisy-elsewhere-read/", "The same reads at Shoal, while the noise goes to another program",
            "An endpoint on bare Kestrel, a process of its own, that answers each request of the noise with the bytes that Shoal would.", columns);
        ResultPage.WriteLines(page, run, "noisy-elsewhere-write/", "The same inserts at Shoal, at the same time", "Two connections.", columns);
        ResultPage.WriteLines(page, run, "noisy-control/", "What the machine itself does",
            "The same at Shoal while nobody else asks it for anything, but a program of idle priority computes on each processor.", columns);
        ResultPage.WriteLines(page, run, "noise/", "What the noisy tenant got meanwhile",
            "By number of connections; endless queries get no answer.", [("connections", "connections", "N0"), .. columns]);
    }

    private static void WriteShares(StringBuilder page, RunResults run)
    {
        var kinds = Kinds(run).ToArray();
        if (kinds.Length == 0)
        {
            return;
        }

        page.Append("""
            ## What a noisy neighbour costs

            p99 in µs of one tenant's point reads and durable inserts: on a quiet server; beside the noise of another tenant of the same
            server; and, as the control, beside what the machine alone makes of it. For floods the control is the same noise sent to a
            program that answers the same bytes, else a program of idle priority that computes on each processor. "× control" is what
            sharing the server adds. Each is the median of its rounds.

            | noise | reads: quiet | beside | × quiet | control | × control | inserts: quiet | beside | × quiet | control | × control |
            |---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|

            """);
        foreach (var kind in kinds)
        {
            page.Append(CultureInfo.InvariantCulture, $"| {kind} |");
            foreach (var what in (string[])["read", "write"])
            {
                page.Append(CultureInfo.InvariantCulture, $" {Cell(run, $"noisy-{what}/quiet")} | {Cell(run, $"noisy-{what}/{kind}")} |")
                    .Append(CultureInfo.InvariantCulture, $" {Cell(Growth(run, what, kind))} | {Cell(run, ControlOf(run, what, kind))} |")
                    .Append(CultureInfo.InvariantCulture, $" {Cell(Share(run, what, kind))} |");
            }

            page.Append('\n');
        }

        page.Append('\n');
    }

    private static string ControlOf(RunResults run, string what, string kind)
    {
        var elsewhere = $"noisy-elsewhere-{what}/{kind}";
        return run.Value(elsewhere, Connections, P99) is not null ? elsewhere
            : what == "read" ? "noisy-control/computing-reads" : "noisy-control/computing-inserts";
    }

    private static string Cell(RunResults run, string label) =>
        run.Value(label, Connections, P99)?.ToString("N0", CultureInfo.InvariantCulture) ?? "";

    private static string Cell(double? ratio) => ratio is { } times ? ResultPage.Times(times) : "";
}
