using Shoal.Engine.Catalog;
using Shoal.TestKit;

namespace Shoal.Server.Tests.Auth;

/// <summary>Every route with every kind of caller. What is listed here is what the route table must hold.</summary>
public sealed class AccessMatrixTests
{
    private const string Missing = "400/9106 Missing X-Auth-Key, X-Auth-Email or Authorization headers";
    private const string Wrong = "401/10000 Authentication error";
    private const string Denied = "403/10000 Authentication error";

    /// <summary>Method, path, least permission, whether it concerns the whole account.</summary>
    private static readonly (string Method, string Path, TokenPermission Least, Reach Reach)[] Routes =
    [
        ("POST", "{all}", TokenPermission.Write, Reach.Account),
        ("GET", "{all}", TokenPermission.Read, Reach.List),
        ("GET", "{one}", TokenPermission.Read, Reach.Database),
        ("PUT", "{one}", TokenPermission.Write, Reach.Database),
        ("PATCH", "{one}", TokenPermission.Write, Reach.Database),
        ("DELETE", "{one}", TokenPermission.Write, Reach.Database),
        ("POST", "{one}/query", TokenPermission.Read, Reach.Database),
        ("POST", "{one}/raw", TokenPermission.Read, Reach.Database),
        ("POST", "{one}/import", TokenPermission.Write, Reach.Database),
        ("POST", "{one}/export", TokenPermission.Read, Reach.Database),
        ("POST", "{one}/upload", TokenPermission.Write, Reach.Database),
        ("GET", "{one}/download", TokenPermission.Read, Reach.Database),
        ("GET", "{one}/insights", TokenPermission.Read, Reach.Database),
        ("GET", "{one}/time_travel", TokenPermission.Read, Reach.Database),
        ("GET", "{one}/time_travel/bookmark", TokenPermission.Read, Reach.Database),
        ("POST", "{one}/time_travel/restore", TokenPermission.Write, Reach.Database),
        ("GET", "/client/v4/accounts/acme/d1/time_travel/deleted", TokenPermission.Read, Reach.Account),
        ("POST", "/client/v4/accounts/acme/d1/time_travel/fork", TokenPermission.Write, Reach.Account),
        ("GET", "/client/v4/accounts/acme/d1/insights", TokenPermission.Read, Reach.List),
        ("GET", "/client/v4/accounts/acme/d1/usage", TokenPermission.Read, Reach.List),
        ("GET", "/client/v4/user", TokenPermission.Read, Reach.Caller),
        ("GET", "/client/v4/user/tokens/verify", TokenPermission.Read, Reach.Caller),
        ("GET", "/client/v4/accounts", TokenPermission.Read, Reach.Caller),
        ("GET", "/client/v4/memberships", TokenPermission.Read, Reach.Caller),
        ("POST", "/client/v4/graphql", TokenPermission.Read, Reach.Caller),
        ("GET", "/metrics", TokenPermission.Read, Reach.Everything),
        ("GET", "/admin/tokens", TokenPermission.Admin, Reach.Admin),
        ("POST", "/admin/tokens", TokenPermission.Admin, Reach.Admin),
        ("DELETE", "/admin/tokens/x", TokenPermission.Admin, Reach.Admin),
    ];

    private enum Reach
    {
        Account,
        List,
        Database,
        Caller,
        Admin,
        Everything,
    }

    [Fact]
    public async Task Without_a_token_no_route_answers()
    {
        await using var server = await TestServer.StartAsync();
        await ExpectAsync(server, server.ClientWith(token: null), _ => Missing);
    }

    [Fact]
    public async Task With_a_wrong_token_no_route_answers()
    {
        await using var server = await TestServer.StartAsync();
        await ExpectAsync(server, server.ClientWith("wrong"), _ => Wrong);
    }

    [Fact]
    public async Task With_an_expired_token_no_route_answers()
    {
        var clock = new ManualTimeProvider();
        await using var server = await TestServer.StartAsync(options => options.TimeProvider = clock);
        var client = await server.ClientWithAsync(TokenPermission.Admin, expiresAt: clock.GetUtcNow().AddHours(1));
        Assert.Equal(200, (int)(await client.GetAsync("/client/v4/user")).Status);

        clock.Advance(TimeSpan.FromHours(1));

        await ExpectAsync(server, client, _ => Wrong);
    }

    [Fact]
    public async Task With_a_revoked_token_no_route_answers()
    {
        await using var server = await TestServer.StartAsync();
        var client = await server.ClientWithAsync(TokenPermission.Admin);
        Assert.Equal(200, (int)(await client.GetAsync("/client/v4/user")).Status);

        await server.Engine.Tokens.RevokeAsync(server.Engine.Tokens.List().Single().Id);

        await ExpectAsync(server, client, _ => Wrong);
    }

    [Fact]
    public async Task A_token_of_another_account_reaches_nothing_of_this_one()
    {
        await using var server = await TestServer.StartAsync();
        var client = await server.ClientWithAsync(TokenPermission.Admin, account: "other");

        await ExpectAsync(server, client, reach =>
            reach is Reach.Account or Reach.List or Reach.Database or Reach.Everything ? Denied : null);
    }

    [Fact]
    public async Task A_token_of_another_database_reaches_neither_this_one_nor_the_account()
    {
        await using var server = await TestServer.StartAsync();
        var other = await server.Client.CreateAsync("other");
        var client = await server.ClientWithAsync(TokenPermission.Admin, databases: other);

        await ExpectAsync(server, client, reach =>
            reach is Reach.Account or Reach.Database or Reach.Admin or Reach.Everything ? Denied : null);
    }

    [Theory]
    [InlineData(TokenPermission.Read)]
    [InlineData(TokenPermission.Write)]
    [InlineData(TokenPermission.Admin)]
    public async Task A_token_reaches_the_routes_of_its_permission_and_no_other(TokenPermission permission)
    {
        await using var server = await TestServer.StartAsync();
        var client = await server.ClientWithAsync(permission);
        await server.Client.CreateAsync("shop");

        foreach (var (method, path, least, _) in Routes)
        {
            var reply = await SendAsync(server, client, method, path);

            Assert.Equal((least > permission, method, path), (reply.Failure == Denied, method, path));
        }
    }

    [Fact]
    public async Task A_token_confined_to_databases_cannot_find_out_what_exists()
    {
        await using var server = await TestServer.StartAsync();
        var mine = await server.Client.CreateAsync("mine");
        var theirs = await server.Client.CreateAsync("theirs");
        var client = await server.ClientWithAsync(TokenPermission.Write, databases: mine);

        foreach (var name in new[] { theirs, "theirs", "nope", "00000000-0000-4000-8000-000000000001" })
        {
            Assert.Equal(Denied, (await client.GetAsync($"{client.Databases}/{name}")).Failure);
            Assert.Equal(Denied, (await client.QueryAsync(name, "SELECT 1")).Failure);
        }

        Assert.Equal("""[{"a":1}]""", await client.RowsAsync(mine, "SELECT 1 AS a"));
        Assert.Equal("""[{"a":1}]""", await client.RowsAsync("mine", "SELECT 1 AS a"));
    }

    [Fact]
    public async Task A_token_confined_to_databases_lists_these_only()
    {
        await using var server = await TestServer.StartAsync();
        var ids = new List<string>();
        foreach (var name in new[] { "a", "b", "c" })
        {
            ids.Add(await server.Client.CreateAsync(name));
        }

        var client = await server.ClientWithAsync(TokenPermission.Read, account: null, expiresAt: null, ids[2], ids[0]);

        var all = await client.GetAsync(client.Databases);
        var second = await client.GetAsync($"{client.Databases}?page=2&per_page=1");
        var elsewhere = await client.GetAsync("/client/v4/accounts/other/d1/database");

        Assert.Equal(["a", "c"], all.Result!.AsArray().Select(item => (string?)item!["name"]));
        Assert.Equal("""{"page":2,"per_page":1,"count":1,"total_count":2}""", second.Json!["result_info"]!.ToJsonString());
        Assert.Empty(elsewhere.Result!.AsArray());
    }

    private static async Task ExpectAsync(TestServer server, ApiClient client, Func<Reach, string?> failure)
    {
        await server.Client.CreateAsync("shop");
        foreach (var (method, path, _, reach) in Routes)
        {
            var reply = await SendAsync(server, client, method, path);
            var expected = failure(reach);

            Assert.True(
                expected is null ? reply.Failure is not (Missing or Wrong or Denied) : reply.Failure == expected,
                $"{method} {path}: {reply}");
        }
    }

    private static async Task<JsonReply> SendAsync(TestServer server, ApiClient client, string method, string path)
    {
        var real = path.Replace("{one}", server.Client.Databases + "/shop", StringComparison.Ordinal)
            .Replace("{all}", server.Client.Databases, StringComparison.Ordinal);
        var reply = await client.SendAsync(new HttpMethod(method), real, method is "GET" or "DELETE" ? null : "{}");
        if (method == "DELETE" && reply.Success)
        {
            await server.Client.CreateAsync("shop");
        }

        return reply;
    }
}
