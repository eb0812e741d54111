using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Shoal.Load.Tests;

/// <summary>Goal: bench/run works at any time. Method: its quick run, against Shoal and the bare endpoint.</summary>
public sealed class BenchRunTests
{
    private const string Parts = "read,commit,write,import,client,transfer,databases,hosting,recovery";

    private static readonly string[] Labels =
    [
        "point-read/bare-kestrel", "point-read/shoal",
        "commit-1/sqlite-one-by-one", "commit-1/engine-sqlite", "commit-1/engine-log",
        "commit-10/sqlite-one-by-one", "commit-10/engine-sqlite", "commit-10/engine-log",
        "write-1/shoal", "write-1/shoal-sqlite", "write-10/shoal", "write-10/shoal-sqlite",
        "import/raw-sqlite", "import/csv", "import/sql-multi", "import/sql-single",
        "client/raw-sqlite", "client/embedded-bulk", "client/bulk", "client/bulk-json", "client/multi-row",
        "client/embedded-batch-100", "client/batch-100", "client/embedded-per-row", "client/per-row",
        "client/embedded-read", "client/read", "client/embedded-buffer", "client/buffer",
        "client/embedded-writer-1", "client/writer-1", "client/embedded-writer-100", "client/writer-100",
        "client/embedded-writer-1000", "client/writer-1000", "client/embedded-items-1k", "client/items-1k",
        "transfer/sqlite3-dump", "transfer/sqlite3-read", "transfer/shoal-import", "transfer/shoal-export",
        "databases/create", "databases/write", "databases/read",
        "hosting/create", "hosting/start", "hosting/first-open", "hosting/open-already", "hosting/all", "hosting/reopen",
        "recovery/log",
    ];

    [Fact]
    public async Task A_quick_run_measures_everything_and_loses_nothing()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var output = Directory.CreateTempSubdirectory("shoal-bench-run-").FullName;
        try
        {
            using var run = Process.Start(new ProcessStartInfo(Path.Combine(Root(), "bench", "run"),
                ["--quick", "--only", Parts, "--peers", "bare", "--label", "smoke", "--output", output])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            var text = run.StandardOutput.ReadToEndAsync(cancellation);
            var errors = run.StandardError.ReadToEndAsync(cancellation);
            await run.WaitForExitAsync(cancellation);
            Assert.True(run.ExitCode == 0, await text + await errors);

            var file = Assert.Single(Directory.GetFiles(output, "*-smoke.json"));
            var json = JsonNode.Parse(await File.ReadAllTextAsync(file, cancellation))!;
            var lines = json["measurements"]!.AsArray().Select(static line => line!.AsObject()).ToArray();
            Assert.Equal(Labels, lines.Select(static line => line["label"]!.GetValue<string>()).Distinct());
            Assert.All(lines, static line =>
            {
                Assert.Equal(0, line["errors"]?.GetValue<double>() ?? 0);
                Assert.Equal(0, line["lost"]?.GetValue<double>() ?? 0);
            });
            Assert.Equal(1000, lines[^1]["databases"]!.GetValue<double>());
        }
        finally
        {
            Directory.Delete(output, recursive: true);
        }
    }

    private static string Root()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Shoal.slnx")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("no checkout above the tests");
        }

        return folder;
    }
}
