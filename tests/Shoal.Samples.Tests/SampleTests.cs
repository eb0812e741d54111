using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Shoal.Samples.Tests;

/// <summary>Goal: each sample does what it says. Method: it runs against a real server, whose databases are looked at.</summary>
public sealed class SampleTests
{
    private const string Unicode = "/usr/share/unicode/UnicodeData.txt";

    [Fact]
    public async Task Bulk_import_writes_the_table_in_every_step_with_fewer_requests_each()
    {
        Assert.SkipUnless(File.Exists(Unicode), "Debian's package unicode-data is not installed");
        await using var server = await TestServer.StartAsync();
        using var sample = SampleProcess.Start(server, "BulkImport");

        var steps = (await sample.OutputAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries)[1..]
            .Select(static line => (Name: line[..10].Trim(), Cells: line[10..].Split(' ', StringSplitOptions.RemoveEmptyEntries)))
            .ToDictionary(static step => step.Name, static step => (Rows: int.Parse(step.Cells[0]), Requests: int.Parse(step.Cells[1])));

        var all = File.ReadLines(Unicode).Count();
        Assert.Equal((2_000, 2_000), steps["row by row"]);
        Assert.Equal((all, (all + 99) / 100), steps["batches"]);
        Assert.Equal((all, (all + 32) / 33), steps["multi-row"]);
        Assert.All(["bulk", "buffer"], step => Assert.Equal(all, steps[step].Rows));
        Assert.InRange(steps["bulk"].Requests, 1, 20);
        Assert.InRange(steps["buffer"].Requests, 1, (all / 100) - 1);
    }

    [Fact]
    public async Task Sensor_streaming_stores_each_reading_once_in_the_database_of_its_site()
    {
        await using var server = await TestServer.StartAsync();
        for (var run = 0; run < 2; run++)
        {
            using var sample = SampleProcess.Start(server, "SensorStreaming", "3000");
            Assert.Contains("t0: 100 readings, 12.0 to ", await sample.OutputAsync(), StringComparison.Ordinal);
        }

        foreach (var site in (string[])["harbour", "ridge", "valley"])
        {
            Assert.Equal(1_000, await CountAsync(server, "sensors-" + site, "readings"));
        }
    }

    [Fact]
    public async Task Log_aggregation_stores_lines_and_puts_refused_ones_aside()
    {
        await using var server = await TestServer.StartAsync();
        var lines = Enumerable.Range(0, 1_000).Select(static n =>
            $"192.0.2.{n % 250} - - [21/Nov/2026:10:{n / 60 % 60:00}:{n % 60:00} +0000] \"GET /{(n % 2 == 0 ? "" : "about")} HTTP/1.1\" {(n % 100 == 0 ? 503 : 200)} {n} \"-\" \"curl/8\"");
        using var sample = SampleProcess.Start(server, "LogAggregation");

        var output = await sample.OutputAsync(string.Join('\n', lines
            .Append("192.0.2.1 - - [21/Nov/2026:10:00:00 +0000] \"GET /odd HTTP/1.1\" 999 1 \"-\" \"-\"").Append("not a log line")));

        Assert.StartsWith("1002 lines: 1000 stored, 1 refused, 1 of another format\n1 dead letters in dead-letters.jsonl\n", output, StringComparison.Ordinal);
        Assert.Contains("   500 / (10 errors)\n   500 /about (0 errors)\n", output, StringComparison.Ordinal);
        Assert.Equal(1_000, await CountAsync(server, "logs", "requests"));
        Assert.Contains("/odd", await File.ReadAllTextAsync(sample.File("dead-letters.jsonl"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Webhooks_are_stored_once_for_each_tenant_and_share_batches()
    {
        await using var server = await TestServer.StartAsync();
        using var sample = SampleProcess.Start(server, "Webhook", "--urls", "http://127.0.0.1:0");
        using var client = new HttpClient { BaseAddress = new Uri((await sample.LineAsync("ready on "))["ready on ".Length..]) };

        var answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(n => client.PostAsJsonAsync($"events/tenant-{n % 2}",
            new[] { new { id = $"e{n}", type = "paid", data = new { amount = n } }, new { id = "e0", type = "paid", data = new { amount = 0 } } },
            TestContext.Current.CancellationToken)));

        Assert.All(answers, static answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        Assert.Equal(100, await CountAsync(server, "events-tenant-0", "events"));
        Assert.Equal(101, await CountAsync(server, "events-tenant-1", "events"));
        var stats = await client.GetFromJsonAsync<JsonElement>("stats", TestContext.Current.CancellationToken);
        Assert.Equal(400, stats.GetProperty("stored").GetInt64());
        Assert.InRange(stats.GetProperty("requests").GetInt64(), 2, 399);
        var wrong = await client.PostAsJsonAsync("events/no_such.tenant", Array.Empty<object>(), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.BadRequest, wrong.StatusCode);
        await sample.StopAsync();
    }

    [Fact]
    public async Task The_cron_worker_adds_up_the_day_of_each_tenant_and_may_run_twice()
    {
        await using var server = await TestServer.StartAsync();
        await ExecuteAsync(server, "tenants", "CREATE TABLE tenants(name TEXT); INSERT INTO tenants VALUES ('one'), ('two')");
        foreach (var tenant in (string[])["one", "two"])
        {
            await ExecuteAsync(server, tenant, """
                CREATE TABLE visits(at TEXT, path TEXT);
                INSERT INTO visits VALUES ('2026-11-20 10:00:00', '/'), ('2026-11-20 11:00:00', '/'), ('2026-11-20 12:00:00', '/a'),
                    ('2026-11-21 00:00:00', '/'), ('2026-01-01 00:00:00', '/old')
                """);
        }

        var environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["NOW"] = "2026-11-21T00:05:00Z" };
        using (var first = SampleProcess.StartNode(server, "samples/cron/run.mjs", environment))
        {
            Assert.Equal("one: 2 paths on 2026-11-20, 1 old visits removed\ntwo: 2 paths on 2026-11-20, 1 old visits removed\n", await first.OutputAsync());
        }

        using var second = SampleProcess.StartNode(server, "samples/cron/run.mjs", environment);
        await second.OutputAsync();
        Assert.Equal(2, await CountAsync(server, "one", "days WHERE day = '2026-11-20' AND visits = iif(path = '/', 2, 1)"));
        Assert.Equal(4, await CountAsync(server, "two", "visits"));
    }

    private static async Task ExecuteAsync(TestServer server, string database, string sql)
    {
        await server.ClientWith(TestServer.Token, "shoal").CreateAsync(database);
        await QueryAsync(server, database, sql);
    }

    private static async Task<int> CountAsync(TestServer server, string database, string from) =>
        (await QueryAsync(server, database, "SELECT count(*) AS n FROM " + from)).GetProperty("result")[0].GetProperty("results")[0]
            .GetProperty("n").GetInt32();

    private static async Task<JsonElement> QueryAsync(TestServer server, string database, string sql)
    {
        using var http = new HttpClient();
        http.DefaultRequestHeaders.Authorization = new("Bearer", TestServer.Token);
        var reply = await http.PostAsJsonAsync(new Uri(server.Address, $"client/v4/accounts/shoal/d1/database/{database}/query"), new { sql },
            TestContext.Current.CancellationToken);
        var body = await reply.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);
        Assert.True(reply.IsSuccessStatusCode, body.ToString());
        return body;
    }
}
