using System.Text.Json.Nodes;
using System.Xml.Linq;
using Shoal.Load.Report;

namespace Shoal.Load.Tests.Report;

public sealed class ReportTests
{
    private const string Lines =
        """
        {"label":"point-read/shoal","connections":8,"requestsPerSecond":900,"errors":0}
        {"label":"point-read/bare-kestrel","connections":8,"requestsPerSecond":1000,"errors":0}
        {"label":"point-read/shoal","connections":8,"requestsPerSecond":100,"errors":2}
        {"label":"point-read/bare-kestrel","connections":8,"requestsPerSecond":2000,"errors":0}
        {"label":"point-read/shoal","connections":8,"requestsPerSecond":600,"errors":1}
        {"label":"point-read/shoal","connections":64,"requestsPerSecond":5,"errors":0}
        {"label":"import/raw-sqlite","rows":10,"seconds":1,"rowsPerSecond":10}
        {"label":"import/csv","rows":10,"seconds":1,"rowsPerSecond":8}
        {"label":"databases/read","databases":10,"seconds":1,"perSecond":10,"lost":0}
        {"label":"machine","cpu":"a processor","commit":"abc"}
        """;

    private readonly RunResults _run = Read();

    [Fact]
    public void Repetitions_become_their_median_and_no_error_is_lost()
    {
        Assert.Equal(600, _run.Value("point-read/shoal", 8, "requestsPerSecond"));
        Assert.Equal(1500, _run.Value("point-read/bare-kestrel", 8, "requestsPerSecond"));
        Assert.Equal(3, _run.Value("point-read/shoal", 8, "errors"));
        Assert.Equal(5, _run.Value("point-read/shoal", 64, "requestsPerSecond"));
        Assert.Null(_run.Value("point-read/shoal", 1, "requestsPerSecond"));
    }

    [Fact]
    public void A_target_is_met_missed_or_not_measured()
    {
        Assert.False(TargetFor("8 connections, beside bare").Met);
        Assert.True(TargetFor("CSV, beside one").Met);
        Assert.Null(TargetFor("64 connections, beside bare").Met);
    }

    [Fact]
    public void The_page_shows_machine_targets_and_every_measurement()
    {
        var page = ResultPage.Write(_run, Target.All(_run));
        Assert.Contains("| cpu | a processor |", page, StringComparison.Ordinal);
        Assert.Contains("| bare-kestrel | 8 | 1,500 |", page, StringComparison.Ordinal);
        Assert.Contains("| 0.40 × |", page, StringComparison.Ordinal);
        Assert.Contains("| csv | 10 | 1.00 | 8 | 0.80 × |", page, StringComparison.Ordinal);
        Assert.Contains("| read | 10 | 1.00 | 10 |", page, StringComparison.Ordinal);
        Assert.Contains("not measured", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Noise_is_shown_beside_a_quiet_server_and_beside_what_the_machine_makes_of_it()
    {
        var run = Read("""
            {"label":"noisy-read/quiet","connections":2,"p99Microseconds":1000}
            {"label":"noisy-read/short-reads","connections":2,"p99Microseconds":3000}
            {"label":"noisy-elsewhere-read/short-reads","connections":2,"p99Microseconds":2000}
            {"label":"noisy-read/scans","connections":2,"p99Microseconds":1600}
            {"label":"noisy-control/computing-reads","connections":2,"p99Microseconds":3200}
            """);
        var page = ResultPage.Write(run, Target.All(run));
        Assert.Contains("| short-reads | 1,000 | 3,000 | 3.00 × | 2,000 | 1.50 × |", page, StringComparison.Ordinal);
        Assert.Contains("| scans | 1,000 | 1,600 | 1.60 × | 3,200 | 0.50 × |", page, StringComparison.Ordinal);

        var targets = Target.All(run).Where(static target => target.Measured is not null).ToArray();
        Assert.Equal([false, true, true, true], targets.Select(static target => target.Met!.Value));
    }

    [Fact]
    public void The_json_holds_the_same()
    {
        var json = JsonNode.Parse(ResultJson.Write(_run, Target.All(_run)))!;
        Assert.Equal("abc", json["machine"]!["commit"]!.GetValue<string>());
        Assert.Equal(_run.Measurements.Count, json["measurements"]!.AsArray().Count);
        Assert.Contains(json["targets"]!.AsArray(), static target => target!["met"] is null);
    }

    [Fact]
    public void A_plot_has_a_line_per_system_and_disk_and_is_left_out_when_something_was_not_measured()
    {
        Assert.Null(CommitPlot.Draw(_run));

        string[] systems = ["engine-log", "engine-sqlite", "sqlite-one-by-one"];
        int[] writers = [1, 8, 64, 256];
        var lines = from disk in (string[])["", "slow-"] from system in systems from count in writers
            select $$"""{"label":"{{disk}}commit-1000/{{system}}","connections":{{count}},"requestsPerSecond":{{count * 1000}}}""";
        var plot = XDocument.Parse(CommitPlot.Draw(Read(string.Join('\n', lines)))!);
        var polylines = plot.Descendants().Where(static element => element.Name.LocalName == "polyline").ToArray();
        Assert.Equal(6, polylines.Length);
        Assert.All(polylines, line => Assert.Equal(writers.Length, line.Attribute("points")!.Value.Split(' ').Length));
    }

    private static RunResults Read(string lines = Lines)
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, lines);
            return RunResults.Read(file);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private Target TargetFor(string part) =>
        Assert.Single(Target.All(_run), target => target.What.Contains(part, StringComparison.Ordinal));
}
