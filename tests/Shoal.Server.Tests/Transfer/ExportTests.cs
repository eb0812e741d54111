using System.Text.Json.Nodes;
using Shoal.TestKit;

namespace Shoal.Server.Tests.Transfer;

/// <summary>D1's export protocol: start, poll, download.</summary>
public sealed class ExportTests
{
    /// <summary>As nobody else waits for.</summary>
    private static readonly TimeSpan PollWait = TimeSpan.FromSeconds(7);

    [Fact]
    public async Task An_export_is_polled_and_downloaded_without_a_token()
    {
        await using var server = await TestServer.StartAsync();
        var id = await server.Client.CreateAsync("shop");
        await server.Client.QueryAsync(id, "CREATE TABLE t(a, b); INSERT INTO t VALUES (9007199254740993, 'it''s')");

        var done = await ExportAsync(server, id, """{"output_format":"polling","dump_options":{"tables":[]}}""");
        var file = await DownloadAsync(server, done);

        Assert.Equal(200, (int)done.Status);
        Assert.Equal("export", (string?)done.Result!["type"]);
        Assert.Equal("complete", (string?)done.Result["status"]);
        Assert.True((bool)done.Result["success"]!);
        Assert.NotEmpty(done.Result["messages"]!.AsArray());
        Assert.Equal($"{id}-{done.Result["at_bookmark"]}.sql", (string?)done.Result["result"]!["filename"]);
        Assert.Equal((string?)done.Result["signed_url"], (string?)done.Result["result"]!["signed_url"]);
        Assert.Equal("""
            PRAGMA defer_foreign_keys=TRUE;
            CREATE TABLE t(a, b);
            INSERT INTO "t" ("a","b") VALUES(9007199254740993,'it''s');
            """, file.TrimEnd('\n'));
    }

    [Fact]
    public async Task Options_choose_what_is_exported()
    {
        await using var server = await TestServer.StartAsync();
        var id = await server.Client.CreateAsync("shop");
        await server.Client.QueryAsync(id, "CREATE TABLE t(a); CREATE TABLE u(a); INSERT INTO t VALUES (1)");

        var schema = await DownloadAsync(server, await ExportAsync(server, id, """{"dump_options":{"no_data":true}}"""));
        var data = await DownloadAsync(server, await ExportAsync(server, id, """{"dump_options":{"no_schema":true}}"""));
        var one = await DownloadAsync(server, await ExportAsync(server, id, """{"dump_options":{"tables":["u"]}}"""));

        Assert.DoesNotContain("INSERT", schema, StringComparison.Ordinal);
        Assert.Contains("CREATE TABLE t(a)", schema, StringComparison.Ordinal);
        Assert.DoesNotContain("CREATE", data, StringComparison.Ordinal);
        Assert.Contains("INSERT", data, StringComparison.Ordinal);
        Assert.DoesNotContain("CREATE TABLE t", one, StringComparison.Ordinal);
        Assert.Contains("CREATE TABLE u", one, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_exported_database_can_be_uploaded_into_another()
    {
        await using var server = await TestServer.StartAsync();
        var id = await server.Client.CreateAsync("shop");
        var copy = await server.Client.CreateAsync("copy");
        await server.Client.QueryAsync(id, """
            CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT, c BLOB, d REAL); CREATE INDEX i ON t(b);
            CREATE VIRTUAL TABLE f USING fts5(x); INSERT INTO f VALUES ('hello world');
            INSERT INTO t VALUES (1, 'a' || char(10) || '\n;''', x'00ff', 0.1), (2, NULL, NULL, 9e999)
            """);

        var file = await DownloadAsync(server, await ExportAsync(server, id, "{}"));
        using var content = new StringContent(file);
        var upload = await server.Client.SendAsync(HttpMethod.Post, $"{server.Client.Databases}/{copy}/upload?format=sql", content);

        Assert.True(upload.Success, upload.ToString());
        Assert.Equal(await server.Client.RowsAsync(id, "SELECT * FROM t"), await server.Client.RowsAsync(copy, "SELECT * FROM t"));
        Assert.Equal("""[{"x":"hello world"}]""", await server.Client.RowsAsync(copy, "SELECT x FROM f WHERE f MATCH 'hello'"));
    }

    [Fact]
    public async Task An_unknown_bookmark_is_told_so()
    {
        await using var server = await TestServer.StartAsync();
        var id = await server.Client.CreateAsync("shop");

        var reply = await server.Client.PostAsync($"{server.Client.Databases}/{id}/export", """{"current_bookmark":"x"}""");

        Assert.True(reply.Success);
        Assert.False((bool)reply.Result!["success"]!);
        Assert.Equal("Not currently exporting anything.", (string?)reply.Result["error"]);
    }

    [Fact]
    public async Task A_bookmark_of_another_database_is_unknown()
    {
        await using var server = await TestServer.StartAsync();
        var id = await server.Client.CreateAsync("shop");
        var other = await server.Client.CreateAsync("other");
        var done = await ExportAsync(server, id, "{}");

        var reply = await server.Client.PostAsync($"{server.Client.Databases}/{other}/export",
            new JsonObject { ["current_bookmark"] = (string?)done.Result!["at_bookmark"] }.ToJsonString());

        Assert.Equal("error", (string?)reply.Result!["status"]);
    }

    [Fact]
    public async Task A_start_holds_the_answer_back_and_then_says_active_with_202()
    {
        var clock = new ManualTimeProvider();
        await using var server = await TestServer.StartAsync(options =>
        {
            options.TimeProvider = clock;
            options.Transfers = new TransferLimits { RunningMax = 1, PollWait = PollWait };
        });
        var id = await server.Client.CreateAsync("shop");
        using var turn = await server.TakeTransferTurnAsync();

        var starting = server.Client.PostAsync($"{server.Client.Databases}/{id}/export", "{}");
        await clock.WhenTimerAsync(PollWait);
        clock.Advance(PollWait);
        var started = await starting;

        Assert.Equal(202, (int)started.Status);
        Assert.Equal("active", (string?)started.Result!["status"]);
        Assert.True((bool)started.Result["success"]!);
    }

    [Fact]
    public async Task The_file_is_gone_after_an_hour()
    {
        var clock = new ManualTimeProvider();
        await using var server = await TestServer.StartAsync(options => options.TimeProvider = clock);
        var id = await server.Client.CreateAsync("shop");
        var done = await ExportAsync(server, id, "{}");
        Assert.Single(Directory.GetFiles(server.Engine.TemporaryFolder));

        clock.Advance(TimeSpan.FromHours(1));
        using var reply = await server.ClientWith(token: null).Http.GetAsync((string?)done.Result!["signed_url"]);

        Assert.Equal(403, (int)reply.StatusCode);
        Assert.Empty(Directory.GetFiles(server.Engine.TemporaryFolder));
    }

    [Theory]
    [InlineData("""{"output_format":"stream"}""", "output_format must be \"polling\"")]
    [InlineData("""{"dump_options":{"compatibility":"x"}}""",
        "dump_options.compatibility must be \"d1\" or \"sqlite3_cli_only\"")]
    [InlineData("""{"dump_options":{"tables":"t"}}""", "dump_options.tables has the wrong type or form")]
    public async Task A_wrong_wish_is_refused(string body, string message)
    {
        await using var server = await TestServer.StartAsync();
        var id = await server.Client.CreateAsync("shop");

        var reply = await server.Client.PostAsync($"{server.Client.Databases}/{id}/export", body);

        Assert.Equal("400/7400 The request is malformed: " + message, reply.Failure);
    }

    private static async Task<JsonReply> ExportAsync(TestServer server, string id, string body)
    {
        var path = $"{server.Client.Databases}/{id}/export";
        var reply = await server.Client.PostAsync(path, body);
        while ((string?)reply.Result?["status"] == "active")
        {
            reply = await server.Client.PostAsync(path,
                new JsonObject { ["current_bookmark"] = (string?)reply.Result["at_bookmark"] }.ToJsonString());
        }

        return reply;
    }

    private static Task<string> DownloadAsync(TestServer server, JsonReply done) =>
        server.ClientWith(token: null).Http.GetStringAsync((string?)done.Result!["result"]!["signed_url"]);
}
