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

    private static async Task<string> BookmarkAsync(ApiClient client, string id, string query = "") =>
        (string?)(await client.GetAsync($"{client.Databases}/{id}/time_travel/bookmark{query}")).Result!["bookmark"] ?? "";

    private static async Task<string> CountAsync(ApiClient client, string id) =>
        (string?)(await client.QueryAsync(id, "SELECT count(*) || '' AS n FROM t")).Result![0]!["results"]![0]!["n"] ?? "";
}
