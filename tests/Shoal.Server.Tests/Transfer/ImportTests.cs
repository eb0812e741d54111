using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Shoal.TestKit;
using static Shoal.Server.Tests.Transfer.ImportClient;

namespace Shoal.Server.Tests.Transfer;

/// <summary>D1's import protocol: init, PUT, ingest, poll.</summary>
public sealed class ImportTests
{
    /// <summary>As nobody else waits for.</summary>
    private static readonly TimeSpan PollWait = TimeSpan.FromSeconds(7);

    private const string Good = "CREATE TABLE t(a, b);\nINSERT INTO t VALUES (1, 'x');\r\nINSERT INTO t VALUES (2, 'y');";
    private const string Bad = "CREATE TABLE t(a);\nINSERT INTO t VALUES (1);\nINSERT INTO nope VALUES (2);";

    [Fact]
    public async Task A_file_is_imported_in_the_steps_of_d1()
    {
        await using var server = await TestServer.StartAsync();
        var id = await server.Client.CreateAsync("shop");

        var init = await ActAsync(server, id, new() { ["action"] = "init", ["etag"] = Md5(Good) });
        var put = await PutAsync(server, (string)init.Result!["upload_url"]!, Good);
        var ingest = await ActAsync(server, id, new()
        {
            ["action"] = "ingest", ["etag"] = Md5(Good), ["filename"] = (string?)init.Result["filename"],
        });
        var done = await PollAsync(server, id, ingest);

        Assert.EndsWith($".{Md5(Good)}.sql", (string?)init.Result["filename"], StringComparison.Ordinal);
        Assert.True((bool)init.Result["success"]!);
        Assert.Equal(200, (int)put.StatusCode);
        Assert.Equal($"\"{Md5(Good)}\"", put.Headers.ETag!.ToString());
        Assert.Equal("complete", (string?)done.Result!["status"]);
        Assert.Equal("import", (string?)done.Result["type"]);
        Assert.True((bool)done.Result["success"]!);
        Assert.Equal(3, (int)done.Result["result"]!["num_queries"]!);
        var meta = done.Result["result"]!["meta"]!;
        Assert.True((double)meta["duration"]! >= 0);
        Assert.True((long)meta["rows_written"]! >= 2);
        Assert.True((long)meta["size_after"]! > 0);
        Assert.Equal("""[{"a":1,"b":"x"},{"a":2,"b":"y"}]""", await server.Client.RowsAsync(id, "SELECT * FROM t"));
    }

    [Fact]
    public async Task The_state_after_an_import_can_be_restored_by_its_bookmark()
    {
        await using var server = await TestServer.StartAsync();
        var id = await server.Client.CreateAsync("shop");
        var done = await ImportAsync(server, id, Good);
        var bookmark = (string?)done.Result!["result"]!["final_bookmark"];
        var again = await PollAsync(server, id, done);
        await server.Client.QueryAsync(id, "DELETE FROM t");

        var restored = await server.Client.SendAsync(HttpMethod.Post,
            $"{server.Client.Databases}/{id}/time_travel/restore?bookmark={bookmark}");

        Assert.NotEqual((string?)done.Result["at_bookmark"], bookmark);
        Assert.Equal(bookmark, (string?)again.Result!["result"]!["final_bookmark"]);
        Assert.Equal(bookmark, (string?)restored.Result!["bookmark"]);
        Assert.Equal("""[{"n":2}]""", await server.Client.RowsAsync(id, "SELECT count(*) AS n FROM t"));
    }

    [Fact]
    public async Task A_failing_file_changes_nothing_and_says_why()
    {
        await using var server = await TestServer.StartAsync();
        var id = await server.Client.CreateAsync("shop");

        var done = await ImportAsync(server, id, Bad);

        Assert.Equal("error", (string?)done.Result!["status"]);
        Assert.False((bool)done.Result["success"]!);
        Assert.Contains("no such table: nope", (string?)done.Result["error"], StringComparison.Ordinal);
        Assert.Equal((string?)done.Result["error"], (string?)done.Result["errors"]!.AsArray().Single());
        Assert.Equal("""[{"n":0}]""", await server.Client.RowsAsync(id, "SELECT count(*) AS n FROM sqlite_schema"));
    }

    [Fact]
    public async Task The_same_file_can_be_imported_again()
    {
        await using var server = await TestServer.StartAsync();
        var id = await server.Client.CreateAsync("shop");
        await server.Client.QueryAsync(id, "CREATE TABLE t(a)");

        await ImportAsync(server, id, "INSERT INTO t VALUES (1);");
        await ImportAsync(server, id, "INSERT INTO t VALUES (1);");

        Assert.Equal("""[{"n":2}]""", await server.Client.RowsAsync(id, "SELECT count(*) AS n FROM t"));
    }

    [Fact]
    public async Task A_finished_import_can_be_polled_until_it_is_forgotten()
    {
        var clock = new ManualTimeProvider();
        await using var server = await TestServer.StartAsync(options => options.TimeProvider = clock);
        var id = await server.Client.CreateAsync("shop");
        var done = await ImportAsync(server, id, Good);

        var again = await PollAsync(server, id, done);
        clock.Advance(TimeSpan.FromHours(1));
        var late = await ActAsync(server, id,
            new() { ["action"] = "poll", ["current_bookmark"] = (string?)done.Result!["at_bookmark"] });

        Assert.Equal("complete", (string?)again.Result!["status"]);
        Assert.Equal("Not currently importing anything.", (string?)late.Result!["error"]);
        Assert.False((bool)late.Result["success"]!);
        Assert.True(late.Success);
    }

    [Fact]
    public async Task A_poll_holds_the_answer_back_while_the_work_goes_on_and_then_says_active()
    {
        // Goal: clients that poll without a pause do not spin. Method: the import must wait for its turn, which is taken.
        var clock = new ManualTimeProvider();
        await using var server = await TestServer.StartAsync(options =>
        {
            options.TimeProvider = clock;
            options.Transfers = new TransferLimits { RunningMax = 1, PollWait = PollWait };
        });
        var id = await server.Client.CreateAsync("shop");
        using var turn = await server.TakeTransferTurnAsync();
        var init = await ActAsync(server, id, new() { ["action"] = "init", ["etag"] = Md5(Good) });
        await PutAsync(server, (string)init.Result!["upload_url"]!, Good);

        var ingesting = ActAsync(server, id, new()
        {
            ["action"] = "ingest", ["etag"] = Md5(Good), ["filename"] = (string?)init.Result["filename"],
        });
        await clock.WhenTimerAsync(PollWait);
        clock.Advance(PollWait);
        var ingest = await ingesting;
        var joined = ActAsync(server, id, new() { ["action"] = "init", ["etag"] = Md5(Good) });
        await clock.WhenTimerAsync(PollWait);
        turn.Dispose();
        var done = await joined;

        Assert.Equal("active", (string?)ingest.Result!["status"]);
        Assert.Null(ingest.Result["result"]);
        Assert.Equal("complete", (string?)done.Result!["status"]);
        Assert.Equal((string?)ingest.Result["at_bookmark"], (string?)done.Result["at_bookmark"]);
    }

    [Fact]
    public async Task Another_import_of_the_same_database_is_told_to_wait()
    {
        await using var server = await TestServer.StartAsync(options =>
            options.Transfers = new TransferLimits { RunningMax = 1, PollWait = TimeSpan.Zero });
        var id = await server.Client.CreateAsync("shop");
        using var turn = await server.TakeTransferTurnAsync();
        var first = await IngestAsync(server, id, Good);

        var second = await IngestAsync(server, id, "SELECT 1;");

        Assert.Equal("active", (string?)first.Result!["status"]);
        Assert.Equal("Currently processing a long-running import.", (string?)second.Result!["error"]);
    }

    [Fact]
    public async Task The_same_file_sent_twice_while_it_is_imported_leaves_nothing_behind()
    {
        await using var server = await TestServer.StartAsync(options =>
            options.Transfers = new TransferLimits { RunningMax = 1, PollWait = TimeSpan.Zero });
        var id = await server.Client.CreateAsync("shop");
        var inits = new List<JsonReply>
        {
            await ActAsync(server, id, new() { ["action"] = "init", ["etag"] = Md5(Good) }),
            await ActAsync(server, id, new() { ["action"] = "init", ["etag"] = Md5(Good) }),
        };
        JsonReply last = inits[0];
        using (await server.TakeTransferTurnAsync())
        {
            foreach (var init in inits)
            {
                await PutAsync(server, (string)init.Result!["upload_url"]!, Good);
                last = await ActAsync(server, id, new()
                {
                    ["action"] = "ingest", ["etag"] = Md5(Good), ["filename"] = (string?)init.Result["filename"],
                });
            }
        }

        var done = await PollAsync(server, id, last);

        Assert.Equal("complete", (string?)done.Result!["status"]);
        Assert.Empty(Directory.GetFiles(server.Engine.TemporaryFolder));
    }

    [Fact]
    public async Task A_file_with_another_checksum_is_refused_and_can_be_sent_again()
    {
        await using var server = await TestServer.StartAsync();
        var id = await server.Client.CreateAsync("shop");
        var init = await ActAsync(server, id, new() { ["action"] = "init", ["etag"] = Md5(Good) });
        var url = (string)init.Result!["upload_url"]!;

        var wrong = await PutAsync(server, url, Bad);
        var early = await ActAsync(server, id, new()
        {
            ["action"] = "ingest", ["etag"] = Md5(Good), ["filename"] = (string?)init.Result["filename"],
        });
        var right = await PutAsync(server, url, Good);

        Assert.Equal(400, (int)wrong.StatusCode);
        Assert.Contains("the file's MD5 is", await wrong.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.StartsWith("400/7400 The request is malformed: filename and etag name no uploaded file", early.Failure,
            StringComparison.Ordinal);
        Assert.Equal(200, (int)right.StatusCode);
    }

    [Theory]
    [InlineData("signature=", "signature=0")]
    [InlineData("expires=", "expires=9")]
    [InlineData("/uploads/", "/uploads/0")]
    public async Task A_url_that_was_changed_is_refused(string part, string replacement)
    {
        await using var server = await TestServer.StartAsync();
        var id = await server.Client.CreateAsync("shop");
        var init = await ActAsync(server, id, new() { ["action"] = "init", ["etag"] = Md5(Good) });
        var url = (string)init.Result!["upload_url"]!;

        var put = await PutAsync(server, url.Replace(part, replacement, StringComparison.Ordinal), Good);

        Assert.Equal(403, (int)put.StatusCode);
        Assert.Contains("The URL's signature is not valid", await put.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_url_works_for_an_hour()
    {
        var clock = new ManualTimeProvider();
        await using var server = await TestServer.StartAsync(options => options.TimeProvider = clock);
        var id = await server.Client.CreateAsync("shop");
        var init = await ActAsync(server, id, new() { ["action"] = "init", ["etag"] = Md5(Good) });

        clock.Advance(TimeSpan.FromHours(1));
        var put = await PutAsync(server, (string)init.Result!["upload_url"]!, Good);

        Assert.Equal(403, (int)put.StatusCode);
        Assert.Contains("The URL has expired; start the transfer again", await put.Content.ReadAsStringAsync(),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_too_large_is_refused_and_leaves_nothing()
    {
        await using var server = await TestServer.StartAsync(options => options.ImportBytesMax = 1_000);
        var id = await server.Client.CreateAsync("shop");
        var text = "SELECT '" + new string('x', 2_000) + "'";
        var init = await ActAsync(server, id, new() { ["action"] = "init", ["etag"] = Md5(text) });

        var put = await PutAsync(server, (string)init.Result!["upload_url"]!, text);

        Assert.Equal(413, (int)put.StatusCode);
        Assert.Empty(Directory.GetFiles(server.Engine.TemporaryFolder));
    }

    [Fact]
    public async Task Disk_for_uploads_is_bounded()
    {
        await using var server = await TestServer.StartAsync(options =>
            options.Transfers = new TransferLimits { StoredBytesMax = 1_500 });
        var id = await server.Client.CreateAsync("shop");
        var text = "SELECT '" + new string('x', 1_000) + "'";
        var first = await ActAsync(server, id, new() { ["action"] = "init", ["etag"] = Md5(text) });
        var second = await ActAsync(server, id, new() { ["action"] = "init", ["etag"] = Md5(text) });

        var one = await PutAsync(server, (string)first.Result!["upload_url"]!, text);
        var two = await PutAsync(server, (string)second.Result!["upload_url"]!, text);
        await ActAsync(server, id,
            new() { ["action"] = "ingest", ["etag"] = Md5(text), ["filename"] = (string?)first.Result["filename"] });
        var again = await PutAsync(server, (string)second.Result["upload_url"]!, text);

        Assert.Equal([200, 429, 200], new[] { one, two, again }.Select(reply => (int)reply.StatusCode));
        Assert.NotNull(two.Headers.RetryAfter);
    }

    [Fact]
    public async Task The_number_of_uploads_is_bounded_and_old_ones_make_room()
    {
        var clock = new ManualTimeProvider();
        await using var server = await TestServer.StartAsync(options =>
        {
            options.TimeProvider = clock;
            options.Transfers = new TransferLimits { UploadsMax = 1 };
        });
        var id = await server.Client.CreateAsync("shop");
        var first = await ActAsync(server, id, new() { ["action"] = "init", ["etag"] = Md5(Good) });
        await PutAsync(server, (string)first.Result!["upload_url"]!, Good);

        var second = await ActAsync(server, id, new() { ["action"] = "init", ["etag"] = Md5(Good) });
        clock.Advance(TimeSpan.FromHours(1));
        var third = await ActAsync(server, id, new() { ["action"] = "init", ["etag"] = Md5(Good) });

        Assert.Equal("429/7500 Too many uploads wait to be imported; try again later.", second.Failure);
        Assert.True(third.Success);
        Assert.Empty(Directory.GetFiles(server.Engine.TemporaryFolder));
    }

    [Fact]
    public async Task A_file_belongs_to_the_database_it_was_announced_for()
    {
        await using var server = await TestServer.StartAsync();
        var id = await server.Client.CreateAsync("shop");
        var other = await server.Client.CreateAsync("other");
        var init = await ActAsync(server, id, new() { ["action"] = "init", ["etag"] = Md5(Good) });
        await PutAsync(server, (string)init.Result!["upload_url"]!, Good);

        var reply = await ActAsync(server, other,
            new() { ["action"] = "ingest", ["etag"] = Md5(Good), ["filename"] = (string?)init.Result["filename"] });

        Assert.Equal(7400, reply.ErrorCode);
    }

    [Theory]
    [InlineData("""{}""", "action must be \"init\", \"ingest\" or \"poll\"")]
    [InlineData("""{"action":"start"}""", "action must be \"init\", \"ingest\" or \"poll\"")]
    [InlineData("""{"action":"init"}""", "etag must be the file's MD5 as 32 hexadecimal digits")]
    [InlineData("""{"action":"init","etag":"../../../../etc/passwd"}""", "etag must be the file's MD5 as 32 hexadecimal digits")]
    [InlineData("""{"action":"ingest","etag":"d41d8cd98f00b204e9800998ecf8427e"}""",
        "filename and etag name no uploaded file of this database; start again with action \"init\"")]
    public async Task A_wrong_step_is_refused(string body, string message)
    {
        await using var server = await TestServer.StartAsync();
        var id = await server.Client.CreateAsync("shop");

        var reply = await server.Client.PostAsync($"{server.Client.Databases}/{id}/import", body);

        Assert.Equal("400/7400 The request is malformed: " + message, reply.Failure);
    }

    [Fact]
    public async Task A_running_import_is_given_up_when_the_server_stops()
    {
        await using var server = await TestServer.StartAsync(options =>
            options.Transfers = new TransferLimits { RunningMax = 1, PollWait = TimeSpan.Zero });
        var id = await server.Client.CreateAsync("shop");
        using var turn = await server.TakeTransferTurnAsync();
        await IngestAsync(server, id, Good);

        await server.Server.DisposeAsync();
    }
}
