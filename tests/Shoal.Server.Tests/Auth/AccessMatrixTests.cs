using Microsoft.Extensions.DependencyInjection;
using Shoal.Engine.Catalog;
using Shoal.Server.Http;
using Shoal.TestKit;

namespace Shoal.Server.Tests.Auth;

/// <summary>Every route of the server with every kind of caller.</summary>
public sealed class AccessMatrixTests
{
    private const string Denied = "403/10000 Authentication error";

    [Fact]
    public async Task The_matrix_holds_every_route_of_the_server()
    {
        await using var server = await TestServer.StartAsync();
        var table = server.Server.Services.GetRequiredService<RouteTable>();

        Assert.Equal(
            table.Routes.Select(route => $"{route.Method} {route.Pattern}").Order(StringComparer.Ordinal),
            AccessMatrix.Routes.Select(route => $"{route.Method} {route.Pattern}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Without_a_token_no_route_answers()
    {
        await using var server = await TestServer.StartAsync();
        await ExpectAsync(server, server.ClientWith(token: null), _ => AccessOutcome.Missing);
    }

    [Fact]
    public async Task With_a_wrong_token_no_route_answers()
    {
        await using var server = await TestServer.StartAsync();
        await ExpectAsync(server, server.ClientWith("wrong"), _ => AccessOutcome.Wrong);
        await ExpectAsync(server, server.ClientWith(token: null), _ => AccessOutcome.Wrong, pathToken: "wrong");
    }

    [Fact]
    public async Task With_an_expired_token_no_route_answers()
    {
        var clock = new ManualTimeProvider();
        await using var server = await TestServer.StartAsync(options => options.TimeProvider = clock);
        var token = await server.Engine.Tokens.CreateAsync("t", account: null, [], TokenPermission.Admin,
            clock.GetUtcNow().AddHours(1));
        var client = server.ClientWith(token.Secret);
        Assert.Equal(200, (int)(await client.GetAsync("/client/v4/user")).Status);

        clock.Advance(TimeSpan.FromHours(1));

        await ExpectAsync(server, client, _ => AccessOutcome.Wrong);
        await ExpectAsync(server, server.ClientWith(token: null), _ => AccessOutcome.Wrong, pathToken: token.Secret);
    }

    [Fact]
    public async Task With_a_revoked_token_no_route_answers()
    {
        await using var server = await TestServer.StartAsync();
        var token = await server.Engine.Tokens.CreateAsync("t", account: null, [], TokenPermission.Admin, expiresAt: null);
        var client = server.ClientWith(token.Secret);
        Assert.Equal(200, (int)(await client.GetAsync("/client/v4/user")).Status);

        await server.Engine.Tokens.RevokeAsync(token.Record.Id);

        await ExpectAsync(server, client, _ => AccessOutcome.Wrong);
        await ExpectAsync(server, server.ClientWith(token: null), _ => AccessOutcome.Wrong, pathToken: token.Secret);
    }

    [Fact]
    public async Task A_token_of_another_account_reaches_nothing_of_this_one()
    {
        await using var server = await TestServer.StartAsync();
        var token = await server.Engine.Tokens.CreateAsync("t", "other", [], TokenPermission.Admin, expiresAt: null);
        static AccessOutcome Expected(AccessReach reach) => reach switch
        {
            AccessReach.Account or AccessReach.List or AccessReach.Database or AccessReach.Everything => AccessOutcome.Denied,
            AccessReach.Binding => AccessOutcome.Hidden,
            _ => AccessOutcome.Passed,
        };

        await ExpectAsync(server, server.ClientWith(token.Secret), Expected);
        await ExpectAsync(server, server.ClientWith(token: null), Expected, pathToken: token.Secret);
    }

    [Fact]
    public async Task A_token_of_another_database_reaches_neither_this_one_nor_the_account()
    {
        await using var server = await TestServer.StartAsync();
        var other = await server.Client.CreateAsync("other");
        var token = await server.Engine.Tokens.CreateAsync("t", account: null, [new(Guid.Parse(other))],
            TokenPermission.Admin, expiresAt: null);
        static AccessOutcome Expected(AccessReach reach) =>
            reach is AccessReach.List or AccessReach.Caller ? AccessOutcome.Passed : AccessOutcome.Denied;

        await ExpectAsync(server, server.ClientWith(token.Secret), Expected);
        await ExpectAsync(server, server.ClientWith(token: null), Expected, pathToken: token.Secret);
    }

    [Theory]
    [InlineData(TokenPermission.Read)]
    [InlineData(TokenPermission.Write)]
    [InlineData(TokenPermission.Admin)]
    public async Task A_token_reaches_the_routes_of_its_permission_and_no_other(TokenPermission permission)
    {
        await using var server = await TestServer.StartAsync();
        var client = await server.ClientWithAsync(permission);
        var shop = await server.Client.CreateAsync("shop");

        foreach (var route in AccessMatrix.Routes.Where(route => route.Reach < AccessReach.Signed))
        {
            var reply = await AccessMatrix.SendAsync(client, route, shop);

            Assert.Equal((route.Least > permission ? AccessOutcome.Denied : AccessOutcome.Passed, route.ToString()),
                (AccessMatrix.OutcomeOf(reply), route.ToString()));
            shop = await AccessMatrix.RestoreAsync(server.Client, route, reply, shop);
        }
    }

    [Fact]
    public async Task A_token_that_only_reads_changes_nothing_by_any_route_that_runs_sql()
    {
        await using var server = await TestServer.StartAsync();
        var shop = await server.Client.CreateAsync("shop");
        var token = await server.Engine.Tokens.CreateAsync("t", account: null, [], TokenPermission.Read, expiresAt: null);
        var routes = AccessMatrix.Routes.Where(route => route.RunsSql).ToList();

        foreach (var route in routes)
        {
            await AccessMatrix.SendAsync(server.ClientWith(token.Secret), route, shop, sql: "CREATE TABLE t(a)");
            await AccessMatrix.SendAsync(server.ClientWith(token: null), route, shop, token.Secret, "CREATE TABLE t(a)");
            Assert.Equal($$"""[{"n":0,"route":"{{route}}"}]""", await server.Client.RowsAsync(shop,
                "SELECT count(*) AS n, ? AS route FROM sqlite_schema", route.ToString()));
        }

        Assert.Equal(7, routes.Count);
    }

    [Fact]
    public async Task A_token_in_a_path_opens_bindings_and_nothing_else()
    {
        await using var server = await TestServer.StartAsync();
        var shop = await server.Client.CreateAsync("shop");
        var client = server.ClientWith(token: null);

        foreach (var route in AccessMatrix.Routes.Where(route => route.Reach < AccessReach.Signed))
        {
            var reply = await AccessMatrix.SendAsync(client, route, shop, TestServer.Token);

            Assert.Equal((route.TakesPathToken ? AccessOutcome.Passed : AccessOutcome.Missing, route.ToString()),
                (AccessMatrix.OutcomeOf(reply), route.ToString()));
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

    /// <summary>Sends to every route, or with a token in the path to every route that takes one there.</summary>
    private static async Task ExpectAsync(TestServer server, ApiClient client, Func<AccessReach, AccessOutcome> expected,
        string? pathToken = null)
    {
        var shop = (string?)(await server.Client.GetAsync(server.Client.Databases + "/shop")).Result?["uuid"]
            ?? await server.Client.CreateAsync("shop");
        foreach (var route in AccessMatrix.Routes.Where(route => pathToken is null || route.TakesPathToken))
        {
            var reply = await AccessMatrix.SendAsync(client, route, shop, pathToken);
            var outcome = route.Reach switch
            {
                AccessReach.Signed => AccessOutcome.Unsigned,
                AccessReach.Everybody => AccessOutcome.Passed,
                _ => expected(route.Reach),
            };

            Assert.True(AccessMatrix.OutcomeOf(reply) == outcome, $"{route}: {outcome} expected, {reply}");
        }
    }
}
