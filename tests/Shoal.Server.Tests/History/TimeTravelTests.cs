using System.Net;
using System.Text.Json.Nodes;
using Shoal.Engine;
using Shoal.TestKit;

namespace Shoal.Server.Tests.History;

public sealed class TimeTravelTests
{
    [Fact]
    public async Task Rows_that_were_deleted_come_back_and_the_restore_can_be_undone()
    {
        await using var server = await TestServer.StartAsync();
        var client = server.Client;
        var id = await client.CreateAsync("shop");
        await client.QueryAsync(id, "CREATE TABLE t(a); INSERT INTO t VALUES (1), (2)");
        var good = await BookmarkAsync(client, id);
        await client.QueryAsync(id, "DELETE FROM t");

        var reply = await client.SendAsync(HttpMethod.Post, $"{client.Databases}/{id}/time_travel/restore?bookmark={good}");

        Assert.Equal(good, (string?)reply.Result!["bookmark"]);
        Assert.Contains("restored", (string?)reply.Result["message"], StringComparison.Ordinal);
        Assert.Equal("2", await CountAsync(client, id));
        var previous = (string?)reply.Result["previous_bookmark"];
        await client.SendAsync(HttpMethod.Post, $"{client.Databases}/{id}/time_travel/restore?bookmark={previous}");
        Assert.Equal("0", await CountAsync(client, id));
    }

    [Fact]
    public async Task A_timestamp_gives_the_same_bookmark_each_time()
    {
        var clock = new ManualTimeProvider();
        await using var server = await TestServer.StartAsync(options => options.TimeProvider = clock);
        var client = server.Client;
        var id = await client.CreateAsync("shop");
        await client.QueryAsync(id, "CREATE TABLE t(a)");
        var first = await BookmarkAsync(client, id);
        clock.Advance(TimeSpan.FromSeconds(1));
        var between = clock.GetUtcNow().ToString("O");
        clock.Advance(TimeSpan.FromSeconds(1));
        await client.QueryAsync(id, "INSERT INTO t VALUES (1)");

        for (var round = 0; round < 2; round++)
        {
            Assert.Equal(first, await BookmarkAsync(client, id, "?timestamp=" + Uri.EscapeDataString(between)));
        }

        var history = await client.GetAsync($"{client.Databases}/{id}/time_travel");
        Assert.Equal(await BookmarkAsync(client, id), (string?)history.Result!["spans"]![0]!["last"]!["bookmark"]);
        var restored = await client.SendAsync(HttpMethod.Post, $"{client.Databases}/{id}/time_travel/restore?timestamp={Uri.EscapeDataString(between)}");
        Assert.Equal(first, (string?)restored.Result!["bookmark"]);
        Assert.Equal("0", await CountAsync(client, id));
    }

    [Theory]
    [InlineData("12:00")]
    [InlineData("1/2/2026")]
    public async Task A_timestamp_without_a_day_is_refused(string text)
    {
        await using var server = await TestServer.StartAsync();
        var id = await server.Client.CreateAsync("shop");

        var reply = await server.Client.SendAsync(
            HttpMethod.Post, $"{server.Client.Databases}/{id}/time_travel/restore?timestamp={Uri.EscapeDataString(text)}");

        Assert.Equal(HttpStatusCode.BadRequest, reply.Status);
        Assert.Contains("ISO 8601", reply.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_deleted_database_is_listed_and_forked_by_its_name()
    {
        await using var server = await TestServer.StartAsync();
        var client = server.Client;
        var id = await client.CreateAsync("shop");
        await client.QueryAsync(id, "CREATE TABLE t(a); INSERT INTO t VALUES (1)");
        await client.DeleteAsync($"{client.Databases}/{id}");

        var deleted = await client.GetAsync("/client/v4/accounts/acme/d1/time_travel/deleted");
        Assert.Equal(id, (string?)deleted.Result![0]!["uuid"]);
        var fork = await client.PostAsync("/client/v4/accounts/acme/d1/time_travel/fork",
            new JsonObject { ["source"] = "shop", ["name"] = "shop" }.ToJsonString());

        Assert.Equal("1", await CountAsync(client, (string?)fork.Result!["uuid"] ?? ""));
    }

    [Fact]
    public async Task A_fork_has_the_location_the_jurisdiction_and_the_replication_of_its_source()
    {
        await using var server = await TestServer.StartAsync();
        var client = server.Client;
        var source = await client.PostAsync(client.Databases,
            """{"name":"shop","primary_location_hint":"weur","jurisdiction":"eu","read_replication":{"mode":"auto"}}""");
        await client.QueryAsync((string)source.Result!["uuid"]!, "CREATE TABLE t(a)");

        var fork = await client.PostAsync("/client/v4/accounts/acme/d1/time_travel/fork", """{"source":"shop","name":"copy"}""");

        Assert.Equal("WEUR", (string?)fork.Result!["primary_location_hint"]);
        Assert.Equal("eu", (string?)fork.Result["jurisdiction"]);
        Assert.Equal("auto", (string?)fork.Result["read_replication"]!["mode"]);
    }

    [Theory]
    [InlineData("restore", 400, 7400, "bookmark")]
    [InlineData("restore?bookmark=x&timestamp=2026-01-01T00:00:00Z", 400, 7400, "not both")]
    [InlineData("restore?timestamp=yesterday", 400, 7400, "ISO 8601")]
    [InlineData("restore?timestamp=2999-01-01T00:00:00Z", 400, 7400, "not past yet")]
    [InlineData("restore?timestamp=1999-01-01T00:00:00Z", 400, 7500, "does not have")]
    [InlineData("restore?bookmark=00000001-00000000-00000001-00000000000000000000000000000000", 400, 7400, "not a bookmark of this database")]
    public async Task What_can_not_be_done_is_explained(string path, int status, int code, string text)
    {
        await using var server = await TestServer.StartAsync();
        var id = await server.Client.CreateAsync("shop");

        var reply = await server.Client.SendAsync(HttpMethod.Post, $"{server.Client.Databases}/{id}/time_travel/{path}");

        Assert.Equal((status, code), ((int)reply.Status, reply.ErrorCode));
        Assert.Contains(text, reply.ErrorMessage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task In_mode_sqlite_it_says_which_mode_is_needed()
    {
        await using var server = await TestServer.StartAsync(options => options.Durability = DurabilityMode.Sqlite);
        var id = await server.Client.CreateAsync("shop");

        var reply = await server.Client.GetAsync($"{server.Client.Databases}/{id}/time_travel/bookmark");

        Assert.Contains("needs durability mode log", reply.ErrorMessage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_named_state_is_listed_queried_restored_by_its_name_and_let_go()
    {
        await using var server = await TestServer.StartAsync();
        var client = server.Client;
        var id = await client.CreateAsync("shop");
        var bookmarks = $"{client.Databases}/{id}/time_travel/bookmarks";
        await client.QueryAsync(id, "CREATE TABLE t(a); INSERT INTO t VALUES (1), (2)");
        var named = await client.PostAsync(bookmarks, """{"name":"before-sale"}""");
        await client.QueryAsync(id, "DELETE FROM t");

        var listed = await client.GetAsync(bookmarks);
        Assert.Equal((string?)named.Result!["bookmark"], (string?)listed.Result![0]!["bookmark"]);
        Assert.Equal("2", await CountAsOfAsync(client, id, "before-sale"));
        Assert.Equal("2", await CountAsOfAsync(client, id, (string?)named.Result["bookmark"] ?? ""));
        Assert.Equal("0", await CountAsync(client, id));
        await client.SendAsync(HttpMethod.Post, $"{client.Databases}/{id}/time_travel/restore?bookmark=before-sale");
        Assert.Equal("2", await CountAsync(client, id));
        Assert.True((await client.DeleteAsync(bookmarks + "/before-sale")).Success);
        Assert.Equal(404, (int)(await client.DeleteAsync(bookmarks + "/before-sale")).Status);
        Assert.Empty((await client.GetAsync(bookmarks)).Result!.AsArray());
    }

    [Fact]
    public async Task A_migration_takes_a_bookmark_by_itself()
    {
        await using var server = await TestServer.StartAsync();
        var client = server.Client;
        var id = await client.CreateAsync("shop");
        await client.QueryAsync(id, "CREATE TABLE t(a); CREATE TABLE d1_migrations(id INTEGER PRIMARY KEY, name TEXT)");
        var before = await BookmarkAsync(client, id);

        await client.QueryAsync(id, "DROP TABLE t\n;\nINSERT INTO \"d1_migrations\" (name) values ('0001_x.sql');");

        var taken = (await client.GetAsync($"{client.Databases}/{id}/time_travel/bookmarks")).Result!.AsArray();
        Assert.Equal((before, true), ((string?)Assert.Single(taken)!["bookmark"], (bool?)taken[0]!["automatic"]));
    }

    [Theory]
    [InlineData("query?as_of=nobody", "SELECT 1", 400, 7400, "nor the name of one")]
    [InlineData("raw?as_of=2999-01-01", "SELECT 1", 400, 7400, "not past yet")]
    [InlineData("query?as_of=1999-01-01", "SELECT 1", 400, 7500, "does not have")]
    [InlineData("query?as_of=good", "INSERT INTO t VALUES (1)", 400, 7400, "can only be read")]
    [InlineData("query?as_of=good", "SELECT nope", 400, 7500, "no such column")]
    public async Task A_query_of_the_past_that_can_not_be_answered_is_refused(string path, string sql, int status, int code, string text)
    {
        await using var server = await TestServer.StartAsync();
        var client = server.Client;
        var id = await client.CreateAsync("shop");
        await client.QueryAsync(id, "CREATE TABLE t(a)");
        await client.PostAsync($"{client.Databases}/{id}/time_travel/bookmarks", """{"name":"good"}""");

        var reply = await client.PostAsync($"{client.Databases}/{id}/{path}", new JsonObject { ["sql"] = sql }.ToJsonString());

        Assert.Equal((status, code), ((int)reply.Status, reply.ErrorCode));
        Assert.Contains(text, reply.ErrorMessage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_sample_of_restores_is_made_when_asked_for_and_by_itself()
    {
        var clock = new ManualTimeProvider();
        using var log = new CapturedLog();
        await using var server = await TestServer.StartAsync(options =>
        {
            options.LoggerFactory = log;
            options.TimeProvider = clock;
            options.BackupVerifyInterval = TimeSpan.FromHours(6);
        });
        var client = server.Client;
        var id = await client.CreateAsync("shop");
        await client.QueryAsync(id, "CREATE TABLE t(a); INSERT INTO t VALUES (1), (2)");

        var reply = await client.PostAsync("/admin/backup/verify?sample=3&seed=5", "{}");

        Assert.Equal((true, 5), ((bool?)reply.Result!["success"], (int?)reply.Result["seed"]));
        Assert.Equal((2, true, id), ((int?)reply.Result["checks"]![0]!["rows"], (bool?)reply.Result["checks"]![0]!["compared"],
            (string?)reply.Result["checks"]![0]!["uuid"]));
        Assert.Equal(400, (int)(await client.PostAsync("/admin/backup/verify?sample=0", "{}")).Status);
        var confined = await server.Client.PostAsync("/admin/tokens", """{"name":"other","permission":"admin","account":"other"}""");
        var other = await server.ClientWith((string)confined.Result!["secret"]!).PostAsync("/admin/backup/verify", "{}");
        Assert.Empty(other.Result!["checks"]!.AsArray());
        var verified = log.AwaitAsync("states of a sample of databases, 0 not as they were");
        clock.Advance(TimeSpan.FromHours(6));
        await verified;
    }

    private static async Task<string> CountAsOfAsync(ApiClient client, string id, string moment) =>
        (string?)(await client.PostAsync($"{client.Databases}/{id}/query?as_of={moment}", """{"sql":"SELECT count(*) || '' AS n FROM t"}"""))
            .Result![0]!["results"]![0]!["n"] ?? "";

    private static async Task<string> BookmarkAsync(ApiClient client, string id, string query = "") =>
        (string?)(await client.GetAsync($"{client.Databases}/{id}/time_travel/bookmark{query}")).Result!["bookmark"] ?? "";

    private static async Task<string> CountAsync(ApiClient client, string id) =>
        (string?)(await client.QueryAsync(id, "SELECT count(*) || '' AS n FROM t")).Result![0]!["results"]![0]!["n"] ?? "";
}
