using Shoal.Engine.Catalog;
using Shoal.TestKit;

namespace Shoal.Server.Tests.Accounts;

public sealed class AccountTests
{
    [Fact]
    public async Task A_fresh_server_has_one_account_so_that_clients_need_not_name_one()
    {
        await using var server = await TestServer.StartAsync();

        var accounts = await server.Client.GetAsync("/client/v4/accounts?page=1");
        var memberships = await server.Client.GetAsync("/client/v4/memberships?page=1");

        Assert.Equal("""[{"id":"shoal","name":"shoal","type":"standard"}]""", accounts.Result!.ToJsonString());
        Assert.Equal("""{"page":1,"per_page":20,"count":1,"total_count":1}""", accounts.Json!["result_info"]!.ToJsonString());
        Assert.Equal("shoal", (string?)memberships.Result![0]!["account"]!["id"]);
    }

    [Fact]
    public async Task Accounts_are_those_that_own_databases()
    {
        await using var server = await TestServer.StartAsync();
        await server.ClientWith(TestServer.Token, account: "b").CreateAsync("x");
        await server.ClientWith(TestServer.Token, account: "a").CreateAsync("x");

        var reply = await server.Client.GetAsync("/client/v4/accounts");

        Assert.Equal(["a", "b"], reply.Result!.AsArray().Select(account => (string?)account!["id"]));
    }

    [Fact]
    public async Task A_confined_token_sees_its_own_account_only()
    {
        await using var server = await TestServer.StartAsync();
        var id = await server.ClientWith(TestServer.Token, account: "b").CreateAsync("x");
        await server.ClientWith(TestServer.Token, account: "a").CreateAsync("x");
        var byAccount = await server.ClientWithAsync(TokenPermission.Read, account: "a");
        var byDatabase = await server.ClientWithAsync(TokenPermission.Read, databases: id);

        Assert.Equal("a", (string?)(await byAccount.GetAsync("/client/v4/accounts")).Result!.AsArray().Single()!["id"]);
        Assert.Equal("b", (string?)(await byDatabase.GetAsync("/client/v4/accounts")).Result!.AsArray().Single()!["id"]);
    }

    [Fact]
    public async Task A_caller_is_told_who_it_is()
    {
        await using var server = await TestServer.StartAsync();

        var user = await server.Client.GetAsync("/client/v4/user");
        var token = await server.Client.GetAsync("/client/v4/user/tokens/verify");

        Assert.Equal("""{"id":"development","email":"development"}""", user.Result!.ToJsonString());
        Assert.Equal("""{"id":"development","status":"active"}""", token.Result!.ToJsonString());
        Assert.Equal("This API Token is valid and active", (string?)token.Json!["messages"]![0]!["message"]);
    }
}
