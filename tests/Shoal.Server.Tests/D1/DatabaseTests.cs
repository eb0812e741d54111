using System.Text.Json.Nodes;
using Shoal.Engine;
using Shoal.TestKit;

namespace Shoal.Server.Tests.D1;

public sealed class DatabaseTests
{
    [Fact]
    public async Task Creating_a_database_gives_its_description()
    {
        await using var server = await TestServer.StartAsync(options => options.TimeProvider = new ManualTimeProvider());

        var reply = await server.Client.PostAsync(server.Client.Databases,
            """{"name":"shop","primary_location_hint":"weur","jurisdiction":"eu","read_replication":{"mode":"auto"}}""");

        Assert.Equal(200, (int)reply.Status);
        var result = reply.Result!.AsObject();
        Assert.Equal(
            ["uuid", "name", "version", "created_at", "num_tables", "file_size", "primary_location_hint", "jurisdiction",
                "read_replication"],
            result.Select(member => member.Key));
        Assert.True(Guid.TryParseExact((string?)result["uuid"], "D", out _));
        Assert.Equal("shop", (string?)result["name"]);
        Assert.Equal("production", (string?)result["version"]);
        Assert.Equal("2026-01-02T03:04:05.000Z", (string?)result["created_at"]);
        Assert.Equal("WEUR", (string?)result["primary_location_hint"]);
        Assert.Equal("eu", (string?)result["jurisdiction"]);
        Assert.Equal("""{"mode":"auto"}""", result["read_replication"]!.ToJsonString());
    }

    [Fact]
    public async Task A_configured_region_is_told_at_creation()
    {
        await using var server = await TestServer.StartAsync(options => options.Region = "OC");

        var reply = await server.Client.PostAsync(server.Client.Databases, """{"name":"shop"}""");

        Assert.Equal("OC", (string?)reply.Result!["created_in_region"]);
        Assert.Equal("OC", (string?)reply.Result!["running_in_region"]);
    }

    [Theory]
    [InlineData("""{"name":"shop"}""", "400/7502 A database with that name already exists")]
    [InlineData("""{}""", "400/7400 The request is malformed: name is missing; send {\"name\": \"…\"}")]
    [InlineData("""[]""", "400/7400 The request is malformed: the body is not a valid JSON object (line 1, byte 2)")]
    [InlineData("""{"name":"a\ud800"}""", "400/7400 The request is malformed: name has the wrong type or form")]
    [InlineData("""{"name":1}""", "400/7400 The request is malformed: name has the wrong type or form")]
    [InlineData("""{"name":"x","read_replication":{"mode":"on"}}""",
        "400/7400 The request is malformed: read_replication.mode must be \"auto\" or \"disabled\"")]
    [InlineData("""null""", "400/7400 The request is malformed: the body must be a JSON object, it is null")]
    public async Task A_wrong_creation_is_refused(string body, string failure)
    {
        await using var server = await TestServer.StartAsync();
        await server.Client.CreateAsync("shop");

        var reply = await server.Client.PostAsync(server.Client.Databases, body);

        Assert.Equal(failure, reply.Failure);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-x")]
    [InlineData("a b")]
    [InlineData("../x")]
    [InlineData("é")]
    public async Task A_wrong_name_is_refused_saying_which_are_right(string name)
    {
        await using var server = await TestServer.StartAsync();

        var reply = await server.Client.PostAsync(server.Client.Databases,
            new JsonObject { ["name"] = name }.ToJsonString());

        Assert.StartsWith("400/7400 Invalid property: name => use letters", reply.Failure, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_database_of_an_account_that_can_not_be_is_not_made()
    {
        await using var server = await TestServer.StartAsync();

        var reply = await server.Client.PostAsync("/client/v4/accounts/a%20b/d1/database", """{"name":"shop"}""");

        Assert.StartsWith("400/7400 Invalid property: account => use letters", reply.Failure, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Prismas_shadow_names_are_accepted()
    {
        await using var server = await TestServer.StartAsync();

        var reply = await server.Client.PostAsync(server.Client.Databases,
            """{"name":"_prisma_shadow_0c7e6b2e-8d53-4c5f-9f0c-0e6b1d1f3b1a"}""");

        Assert.True(reply.Success);
    }

    [Fact]
    public async Task A_full_account_is_told_so()
    {
        await using var server = await TestServer.StartAsync(options =>
            options.Limits = new EngineLimits { DatabasesPerAccountMax = 1 });
        await server.Client.CreateAsync("one");

        var reply = await server.Client.PostAsync(server.Client.Databases, """{"name":"two"}""");

        Assert.Equal("400/7406 System limit reached: databases per account (1)", reply.Failure);
    }

    [Fact]
    public async Task The_list_has_short_descriptions_and_paging()
    {
        await using var server = await TestServer.StartAsync();
        foreach (var name in new[] { "a", "b", "c" })
        {
            await server.Client.CreateAsync(name);
        }

        var reply = await server.Client.GetAsync($"{server.Client.Databases}?page=2&per_page=2");

        Assert.Equal(["c"], Names(reply));
        Assert.Equal(["uuid", "name", "version", "created_at", "jurisdiction"],
            reply.Result![0]!.AsObject().Select(member => member.Key));
        Assert.Equal("""{"page":2,"per_page":2,"count":1,"total_count":3}""", reply.Json!["result_info"]!.ToJsonString());
    }

    [Fact]
    public async Task A_page_past_the_end_is_empty()
    {
        await using var server = await TestServer.StartAsync();
        await server.Client.CreateAsync("a");

        var reply = await server.Client.GetAsync($"{server.Client.Databases}?page=2147483647&per_page=10000");

        Assert.Equal(200, (int)reply.Status);
        Assert.Empty(reply.Result!.AsArray());
    }

    [Fact]
    public async Task The_list_can_be_searched_by_part_of_a_name_in_any_case()
    {
        await using var server = await TestServer.StartAsync();
        foreach (var name in new[] { "Shop-1", "shop-2", "blog" })
        {
            await server.Client.CreateAsync(name);
        }

        Assert.Equal(["Shop-1", "shop-2"], Names(await server.Client.GetAsync($"{server.Client.Databases}?name=SHOP")));
    }

    [Theory]
    [InlineData("page=0", "page must be a whole number from 1 to 2147483647")]
    [InlineData("page=", "page must be a whole number from 1 to 2147483647")]
    [InlineData("page=x", "page must be a whole number from 1 to 2147483647")]
    [InlineData("per_page=0", "per_page must be a whole number from 1 to 10000")]
    [InlineData("per_page=10001", "per_page must be a whole number from 1 to 10000")]
    [InlineData("per_page=-1", "per_page must be a whole number from 1 to 10000")]
    public async Task Wrong_paging_is_refused(string query, string message)
    {
        await using var server = await TestServer.StartAsync();

        var reply = await server.Client.GetAsync($"{server.Client.Databases}?{query}");

        Assert.Equal("400/7400 The request is malformed: " + message, reply.Failure);
    }

    [Fact]
    public async Task Accounts_have_lists_and_names_of_their_own()
    {
        await using var server = await TestServer.StartAsync();
        await server.Client.CreateAsync("shop");
        var other = server.ClientWith(TestServer.Token, account: "other");
        await other.CreateAsync("shop");

        Assert.Equal(["shop"], Names(await server.Client.GetAsync(server.Client.Databases)));
        Assert.Equal(["shop"], Names(await other.GetAsync(other.Databases)));
    }

    [Fact]
    public async Task A_database_of_another_account_is_not_found()
    {
        await using var server = await TestServer.StartAsync();
        var id = await server.Client.CreateAsync("shop");
        var other = server.ClientWith(TestServer.Token, account: "other");

        var reply = await other.QueryAsync(id, "SELECT 1");

        Assert.Equal($"404/7404 The database {id} could not be found", reply.Failure);
    }

    [Fact]
    public async Task A_database_is_described_by_id_and_by_name()
    {
        await using var server = await TestServer.StartAsync();
        var id = await server.Client.CreateAsync("shop");
        await server.Client.QueryAsync(id, "CREATE TABLE a(x); CREATE TABLE b(x)");

        var byId = await server.Client.GetAsync($"{server.Client.Databases}/{id}");
        var byName = await server.Client.GetAsync($"{server.Client.Databases}/shop");
        var byUpperId = await server.Client.GetAsync($"{server.Client.Databases}/{id.ToUpperInvariant()}");

        Assert.Equal(2, (int)byId.Result!["num_tables"]!);
        Assert.True((long)byId.Result["file_size"]! >= 12_288);
        Assert.Equal("""{"mode":"disabled"}""", byId.Result["read_replication"]!.ToJsonString());
        Assert.Equal(byId.Text, byName.Text);
        Assert.Equal(byId.Text, byUpperId.Text);
    }

    [Theory]
    [InlineData("fields=uuid%2Cname")]
    [InlineData("fields=uuid&fields=name")]
    public async Task A_description_can_be_limited_to_fields(string query)
    {
        await using var server = await TestServer.StartAsync();
        var id = await server.Client.CreateAsync("shop");

        var reply = await server.Client.GetAsync($"{server.Client.Databases}/shop?{query}");

        Assert.Equal($$"""{"uuid":"{{id}}","name":"shop"}""", reply.Result!.ToJsonString());
    }

    [Fact]
    public async Task An_unknown_field_is_refused_naming_the_known_ones()
    {
        await using var server = await TestServer.StartAsync();
        await server.Client.CreateAsync("shop");

        var reply = await server.Client.GetAsync($"{server.Client.Databases}/shop?fields=size");

        Assert.Equal("400/7400 The request is malformed: fields has no \"size\"; it takes uuid, name, created_at, version, "
            + "jurisdiction, num_tables, file_size, running_in_region, read_replication", reply.Failure);
    }

    [Fact]
    public async Task An_unknown_id_or_name_is_not_found()
    {
        await using var server = await TestServer.StartAsync();
        const string id = "00000000-0000-4000-8000-000000000001";

        Assert.Equal("404/7404 The database nope could not be found",
            (await server.Client.GetAsync($"{server.Client.Databases}/nope")).Failure);
        Assert.Equal($"404/7404 The database {id} could not be found",
            (await server.Client.GetAsync($"{server.Client.Databases}/{id}")).Failure);
        Assert.Equal($"404/7404 The database {id} could not be found", (await server.Client.QueryAsync(id, "SELECT 1")).Failure);
        Assert.Equal("404/7404 The database nope could not be found", (await server.Client.QueryAsync("nope", "SELECT 1")).Failure);
        Assert.Equal("404/7404 The database nope could not be found", (await server.Client.RawAsync("nope", "SELECT 1")).Failure);
        Assert.Equal("400/7400 Invalid property: databaseId => Invalid uuid",
            (await server.Client.QueryAsync("no.name", "SELECT 1")).Failure);
    }

    [Theory]
    [InlineData("PUT")]
    [InlineData("PATCH")]
    public async Task Read_replication_can_be_changed(string method)
    {
        await using var server = await TestServer.StartAsync();
        var id = await server.Client.CreateAsync("shop");

        var reply = await server.Client.SendAsync(new HttpMethod(method), $"{server.Client.Databases}/{id}",
            """{"read_replication":{"mode":"auto"}}""");

        Assert.Equal("""{"mode":"auto"}""", reply.Result!["read_replication"]!.ToJsonString());
        Assert.Equal(reply.Text, (await server.Client.GetAsync($"{server.Client.Databases}/{id}")).Text);
    }

    [Fact]
    public async Task Read_replication_is_required_with_put_and_optional_with_patch()
    {
        await using var server = await TestServer.StartAsync();
        var path = $"{server.Client.Databases}/{await server.Client.CreateAsync("shop")}";

        var put = await server.Client.SendAsync(HttpMethod.Put, path, "{}");
        var patch = await server.Client.SendAsync(HttpMethod.Patch, path, "{}");

        Assert.StartsWith("400/7400 The request is malformed: read_replication is missing", put.Failure, StringComparison.Ordinal);
        Assert.True(patch.Success);
    }

    [Fact]
    public async Task A_deleted_database_is_gone_and_its_name_is_free()
    {
        await using var server = await TestServer.StartAsync();
        var id = await server.Client.CreateAsync("shop");

        var reply = await server.Client.DeleteAsync($"{server.Client.Databases}/{id}");

        Assert.Equal("""{"result":null,"success":true,"errors":[],"messages":[]}""", reply.Text);
        Assert.Equal(404, (int)(await server.Client.QueryAsync(id, "SELECT 1")).Status);
        Assert.NotEqual(id, await server.Client.CreateAsync("shop"));
    }

    [Fact]
    public async Task Databases_survive_a_restart()
    {
        using var folder = new TempFolder();
        string id;
        await using (var first = await TestServer.StartAsync(options => options.DataFolder = folder.Combine("data")))
        {
            id = await first.Client.CreateAsync("shop");
            await first.Client.QueryAsync(id, "CREATE TABLE t(a); INSERT INTO t VALUES (5)");
        }

        await using var second = await TestServer.StartAsync(options => options.DataFolder = folder.Combine("data"));

        Assert.Equal("""[{"a":5}]""", await second.Client.RowsAsync("shop", "SELECT a FROM t"));
    }

    private static IEnumerable<string?> Names(JsonReply reply) =>
        reply.Result!.AsArray().Select(item => (string?)item!["name"]);
}
