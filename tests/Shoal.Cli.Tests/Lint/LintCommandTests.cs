namespace Shoal.Cli.Tests.Lint;

public sealed class LintCommandTests : IDisposable
{
    private const string PerRow = "async function f(env, rows) {\n\tfor (const row of rows) {\n"
        + "\t\tawait env.DB.prepare('INSERT INTO t VALUES (?)').bind(row.id).run();\n\t}\n}\n";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task It_prints_the_place_with_a_caret_and_an_estimate()
    {
        _folder.Write("src/worker.js", PerRow);
        _folder.Write("src/fine.ts", "await env.DB.batch(rows.map((row) => insert.bind(row.id)));");
        _folder.Write("node_modules/x/index.js", PerRow);
        _folder.Write("notes.md", PerRow);

        var output = await new CommandLine(_folder.Path).OkAsync("lint", "--rows", "10000", "--latency", "5ms");

        Assert.Equal("""
            src/worker.js:3:9: SHOAL101: a D1 statement runs once per row, in a for…of loop
                3 | 		await env.DB.prepare('INSERT INTO t VALUES (?)').bind(row.id).run();
                  | 		      ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
              hint: collect the bound statements and send them with batch(), some hundred at a time

            1 place in 1 of 2 files.
            Each, for 10,000 rows at 5 ms a round trip: 10,000 round trips become 100, in batches of 100;
            one after the other, waiting falls from 50.00 s to 500 ms;
            what D1 bills stays the same: it counts rows, not requests.

            """, output);
    }

    [Fact]
    public async Task With_fail_findings_are_exit_code_1_and_none_is_0()
    {
        _folder.Write("bad.js", PerRow);
        _folder.Write("good.js", "const x = 1;");
        var shoal = new CommandLine(_folder.Path);

        Assert.Equal(ExitCode.Ok, (await shoal.RunAsync("lint")).ExitCode);
        Assert.Equal(ExitCode.Failed, (await shoal.RunAsync("lint", "--fail")).ExitCode);
        Assert.Equal(ExitCode.Ok, (await shoal.RunAsync("lint", "good.js", "--fail")).ExitCode);
        Assert.Equal("No writes row by row in 1 file.\n", await shoal.OkAsync("lint", "good.js"));
    }

    [Fact]
    public async Task As_json_each_place_has_file_line_column_rule_and_what_batches_save()
    {
        _folder.Write("bad.js", PerRow);

        var json = await new CommandLine(_folder.Path).JsonAsync("lint", "bad.js", "--rows", "1000", "--latency", "20ms", "--batch", "250");

        var finding = Assert.Single(json.GetProperty("findings").EnumerateArray());
        Assert.Equal(("bad.js", 3, 9, "SHOAL101"), (finding.GetProperty("file").GetString(), finding.GetProperty("line").GetInt32(),
            finding.GetProperty("column").GetInt32(), finding.GetProperty("rule").GetString()));
        Assert.Equal(20_000, finding.GetProperty("waiting_ms").GetDouble());
        Assert.Equal(80, finding.GetProperty("waiting_batched_ms").GetDouble());
        Assert.Equal(996, json.GetProperty("estimate").GetProperty("round_trips_saved").GetInt64());
        Assert.False(json.GetProperty("estimate").GetProperty("d1_bill_changes").GetBoolean());
    }

    [Fact]
    public async Task A_path_that_is_not_there_is_named()
    {
        var result = await new CommandLine(_folder.Path).RunAsync("lint", "nowhere");

        Assert.Equal(ExitCode.Failed, result.ExitCode);
        Assert.Contains("there is no file or folder", result.Error, StringComparison.Ordinal);
        Assert.Contains("nowhere", result.Error, StringComparison.Ordinal);
    }
}
