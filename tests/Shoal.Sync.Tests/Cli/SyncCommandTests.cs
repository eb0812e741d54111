using System.Text.Json;
using Shoal.Cli;
using Shoal.Cli.Tests;
using Shoal.Sync.Tests.Postgres;
using Shoal.Sync.Tests.Runs;

namespace Shoal.Sync.Tests.Cli;

/// <summary>Goal: the command line does what it says. Method: the real commands, a real PostgreSQL, server and sync as processes.</summary>
[Collection(PostgresCollection.Name)]
public sealed class SyncCommandTests(PostgresCluster cluster)
{
    private const string Schema = """
        CREATE TABLE products(id int8 PRIMARY KEY, tenant_id text, name text, price numeric(12,2));
        INSERT INTO products SELECT i, 't' || i % 3, 'n' || i, i FROM generate_series(1, 30) i;
        """;

    private const string Tables = """{"table": "products", "route": {"column": "tenant_id"}}""";

    [Fact]
    public async Task From_a_bare_table_to_tenants_that_are_watched_and_repaired()
    {
        await using var sync = await SyncFixture.CreateAsync(cluster, Schema, Tables, inProcesses: true);
        var shoal = CommandLine(sync);

        var missing = await shoal.RunAsync("sync", "check", "sync.json");
        Assert.Equal(ExitCode.ProblemsFound, missing.ExitCode);
        Assert.Contains("-- needed: public.products: ", missing.Output, StringComparison.Ordinal);
        Assert.Contains("REPLICA IDENTITY USING INDEX", missing.Output, StringComparison.Ordinal);
        var problem = JsonDocument.Parse((await shoal.RunAsync("sync", "check", "sync.json", "--json")).Output).RootElement[0];
        Assert.True(problem.GetProperty("fatal").GetBoolean());

        Assert.Contains("shoal sync apply", (await shoal.RunAsync("sync", "plan", "sync.json")).Error, StringComparison.Ordinal);
        var applied = await shoal.OkAsync("sync", "apply", "sync.json");
        Assert.Contains("CREATE UNIQUE INDEX CONCURRENTLY", applied, StringComparison.Ordinal);
        Assert.Contains("CREATE PUBLICATION", applied, StringComparison.Ordinal);
        Assert.Equal(0, (await shoal.JsonAsync("sync", "apply", "sync.json")).GetProperty("ran").GetArrayLength());
        await shoal.OkAsync("sync", "check", "sync.json");
        Assert.Contains("CREATE TABLE IF NOT EXISTS \"products\"", await shoal.OkAsync("sync", "plan", "sync.json"), StringComparison.Ordinal);
        Assert.Equal("column", (await shoal.JsonAsync("sync", "plan", "sync.json"))[0].GetProperty("route").GetString());

        await sync.StartAsync();
        await sync.Program!.SaysAsync("streaming from slot");
        await sync.CaughtUpAsync();
        shoal.With("SHOAL_URL", sync.Address.ToString()).With("SHOAL_TOKEN", TestServer.Token).With("SHOAL_ACCOUNT", "acme");
        await SyncFixture.UntilAsync(async () => (await shoal.JsonAsync("sync", "status", "sync.json"))[0].GetProperty("running").GetBoolean(),
            () => sync.Program.Said);
        var status = (await shoal.JsonAsync("sync", "status", "sync.json", "--tenants"))[0];
        Assert.Equal(("streaming", true, 3), (status.GetProperty("phase").GetString(), status.GetProperty("running").GetBoolean(),
            status.GetProperty("tenants").GetArrayLength()));
        Assert.Contains("3 streaming", await shoal.OkAsync("sync", "status", "sync.json"), StringComparison.Ordinal);

        await ListenAsync(sync);
        await VerifyAsync(sync, shoal);
        await PauseAsync(sync, shoal);
        await PutAsideAsync(sync, shoal);
        Assert.Equal(ExitCode.Ok, await sync.Program.EndAsync());
    }

    [Fact]
    public async Task The_demonstration_ends_with_nothing_that_differs()
    {
        using var folder = new TempFolder();
        var output = await new CommandLine(folder.Root).OkAsync("sync", "demo", "--tenants", "5", "--seconds", "2", "--urls", "http://127.0.0.1:0", "--json");
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(0, JsonDocument.Parse(lines[^1]).RootElement.GetProperty("drifted").GetInt32());
        Assert.True(JsonDocument.Parse(lines[^2]).RootElement.GetProperty("rows").GetInt64() > 0, output);
    }

    [Theory]
    [InlineData(ExitCode.Failed, "there is no file", "docs/guides/edge-sync.md", "check", "nothing.json")]
    [InlineData(ExitCode.Usage, "the file has no source x", "it has ", "check", "sync.json", "--source", "x")]
    [InlineData(ExitCode.Usage, "either --tenant or --all", "--tenant 42", "resync", "sync.json")]
    [InlineData(ExitCode.Failed, "there is no tenant x", "--tenants", "resync", "sync.json", "--tenant", "x")]
    [InlineData(ExitCode.Failed, "the sync does not run", "shoal sync run", "verify", "sync.json")]
    [InlineData(ExitCode.Failed, "has never run", "shoal sync run", "pause", "sync.json")]
    [InlineData(ExitCode.Failed, "PostgreSQL: ", "\"connection\"", "check", "away.json")]
    [InlineData(ExitCode.Failed, "PostgreSQL: ", "\"connection\"", "verify", "away.json")]
    [InlineData(ExitCode.Failed, "unknown setting", "known there", "check", "wrong.json")]
    public async Task What_can_not_be_done_says_what_to_do(int code, string message, string hint, params string[] arguments)
    {
        await using var sync = await SyncFixture.CreateAsync(cluster, Schema, Tables);
        await File.WriteAllTextAsync(Path.Combine(sync.Folder, "away.json"),
            sync.Configuration.Replace($"Port={cluster.Port}", "Port=1;Password=geheim", StringComparison.Ordinal));
        await File.WriteAllTextAsync(Path.Combine(sync.Folder, "wrong.json"), """{"sources": [{"name": "a", "connection": "Host=a", "tabels": [],"tables": [{"table": "a", "route": "broadcast"}]}]}""");
        var shoal = CommandLine(sync).With("SHOAL_URL", sync.Address.ToString()).With("SHOAL_TOKEN", TestServer.Token)
            .With("SHOAL_ACCOUNT", "acme");
        var result = await shoal.RunAsync(["sync", .. arguments]);
        Assert.Equal(code, result.ExitCode);
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
        Assert.Contains(hint, result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("geheim", result.Error, StringComparison.Ordinal);
    }

    private static async Task ListenAsync(SyncFixture sync)
    {
        await sync.Program!.SaysAsync("Metrics and status are on ");
        var said = sync.Program.Said;
        var address = said[(said.IndexOf("Metrics and status are on ", StringComparison.Ordinal) + 26)..].Split(".\n")[0];
        using var http = new HttpClient { BaseAddress = new Uri(address) };
        var metrics = await http.GetStringAsync("/metrics");
        Assert.Contains($"shoal_sync_up{{source=\"{sync.Settings.Name}\"}} 1\n", metrics, StringComparison.Ordinal);
        Assert.Contains($"shoal_sync_copy_rows_total{{source=\"{sync.Settings.Name}\"}} 30\n", metrics, StringComparison.Ordinal);
        Assert.Equal("ok\n", await http.GetStringAsync("/health"));
        Assert.Equal("streaming", JsonDocument.Parse(await http.GetStringAsync("/status")).RootElement[0].GetProperty("phase").GetString());
        var page = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "../../../../docs/reference/sync.md"));
        Assert.All(metrics.Split('\n').Where(static line => line.StartsWith("# TYPE ", StringComparison.Ordinal)),
            line => Assert.Contains($"`{line.Split(' ')[2]}`", page, StringComparison.Ordinal));
    }

    private static async Task VerifyAsync(SyncFixture sync, CommandLine shoal)
    {
        await shoal.OkAsync("sync", "verify", "sync.json");
        await sync.Client.Database("t1").ExecAsync("UPDATE products SET name = 'flipped' WHERE id = 4");
        var drift = await shoal.RunAsync("sync", "verify", "sync.json", "--tenant", "t1");
        Assert.Equal(ExitCode.ProblemsFound, drift.ExitCode);
        Assert.Contains("t1\tproducts\t10\t1\t0", drift.Output, StringComparison.Ordinal);
        Assert.Equal(1, (await shoal.JsonAsync("sync", "verify", "sync.json", "--repair"))[1].GetProperty("repaired").GetInt32());
        Assert.Equal(["n4"], await sync.RowsAsync("t1", "SELECT name FROM products WHERE id = 4"));
    }

    private static async Task PauseAsync(SyncFixture sync, CommandLine shoal)
    {
        Assert.True((await shoal.JsonAsync("sync", "pause", "sync.json")).GetProperty("paused").GetBoolean());
        await sync.Program!.SaysAsync("paused");
        await sync.ExecuteAsync("INSERT INTO products VALUES (100, 't0', 'late', 1)");
        Assert.Equal("paused", (await shoal.JsonAsync("sync", "status", "sync.json"))[0].GetProperty("phase").GetString());
        Assert.Empty(await sync.RowsAsync("t0", "SELECT id FROM products WHERE id = 100"));
        Assert.Contains("Goes on", await shoal.OkAsync("sync", "resume", "sync.json"), StringComparison.Ordinal);
        await sync.CaughtUpAsync();
        Assert.Equal(["late"], await sync.RowsAsync("t0", "SELECT name FROM products WHERE id = 100"));
    }

    private static async Task PutAsideAsync(SyncFixture sync, CommandLine shoal)
    {
        await sync.Client.Database("t2").ExecAsync("CREATE TRIGGER no BEFORE INSERT ON products WHEN new.id = 200 BEGIN SELECT RAISE(ABORT, 'unlucky'); END");
        await sync.ExecuteAsync("INSERT INTO products VALUES (200, 't2', 'x', 1)");
        await sync.CaughtUpAsync();
        Assert.Contains("t2\tproducts\tUpsert\t200\t", await shoal.OkAsync("sync", "dead-letters", "sync.json"), StringComparison.Ordinal);
        Assert.Equal("200", (await shoal.JsonAsync("sync", "dead-letters", "sync.json"))[0].GetProperty("key").GetString());
        await sync.Client.Database("t2").ExecAsync("DROP TRIGGER no");
        Assert.Equal(1, (await shoal.JsonAsync("sync", "resync", "sync.json", "--tenant", "t2")).GetProperty("requested").GetInt32());
        await sync.CaughtUpAsync();
        Assert.Equal(["x"], await sync.RowsAsync("t2", "SELECT name FROM products WHERE id = 200"));
        Assert.Equal(0, (await shoal.JsonAsync("sync", "dead-letters", "sync.json")).GetArrayLength());
    }

    private static CommandLine CommandLine(SyncFixture sync) => new(sync.Folder);
}
