using Shoal.Engine.Catalog;
using Shoal.TestKit;

namespace Shoal.Server.Tests.Admin;

public sealed class TokenTests
{
    [Fact]
    public async Task A_new_token_shows_its_secret_once_and_works_at_once()
    {
        await using var server = await TestServer.StartAsync();
        var id = await server.Client.CreateAsync("shop");

        var reply = await server.Client.PostAsync("/admin/tokens",
            $$"""{"name":"ci","account":"acme","databases":["{{id}}"],"permission":"write","expires_at":"2199-01-01T00:00:00Z"}""");

        var secret = (string)reply.Result!["secret"]!;
        Assert.StartsWith("shoal_", secret, StringComparison.Ordinal);
        Assert.Equal(["id", "name", "account", "databases", "permission", "created_at", "expires_at", "secret"],
            reply.Result.AsObject().Select(member => member.Key));
        Assert.Equal("""[{"a":1}]""", await server.ClientWith(secret).RowsAsync(id, "SELECT 1 AS a"));
        Assert.DoesNotContain(secret, (await server.Client.GetAsync("/admin/tokens")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_list_shows_what_each_token_may()
    {
        await using var server = await TestServer.StartAsync();
        await server.Client.PostAsync("/admin/tokens", """{"name":"a","permission":"read"}""");
        await server.Client.PostAsync("/admin/tokens", """{"name":"b","account":"acme","permission":"admin"}""");

        var list = (await server.Client.GetAsync("/admin/tokens")).Result!.AsArray();

        Assert.Equal(["a/read//", "b/admin/acme/"], list.Select(token =>
            $"{token!["name"]}/{token["permission"]}/{token["account"]}/{token["expires_at"]}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_revoked_token_works_no_longer_and_is_not_listed()
    {
        await using var server = await TestServer.StartAsync();
        var created = (await server.Client.PostAsync("/admin/tokens", """{"name":"a","permission":"read"}""")).Result!;

        var reply = await server.Client.DeleteAsync($"/admin/tokens/{created["id"]}");
        var again = await server.Client.DeleteAsync($"/admin/tokens/{created["id"]}");

        Assert.Equal($$"""{"id":"{{created["id"]}}"}""", reply.Result!.ToJsonString());
        Assert.Equal($"404/7404 The token {created["id"]} could not be found", again.Failure);
        Assert.Empty((await server.Client.GetAsync("/admin/tokens")).Result!.AsArray());
        Assert.Equal(401, (int)(await server.ClientWith((string?)created["secret"]).GetAsync("/client/v4/user")).Status);
    }

    [Theory]
    [InlineData("""{"permission":"read"}""", "name must be a text of 1 to 100 characters")]
    [InlineData("""{"name":" ","permission":"read"}""", "name must be a text of 1 to 100 characters")]
    [InlineData("""{"name":"a"}""", "permission must be \"read\", \"write\" or \"admin\"")]
    [InlineData("""{"name":"a","permission":"root"}""", "permission must be \"read\", \"write\" or \"admin\"")]
    [InlineData("""{"name":"a","permission":"read","databases":["x"]}""", "databases[0] must be a database's UUID")]
    [InlineData("""{"name":"a","permission":"read","databases":"x"}""", "databases has the wrong type or form")]
    [InlineData("""{"name":"a","permission":"read","expires_at":"soon"}""", "expires_at has the wrong type or form")]
    [InlineData("""{"name":"a","permission":"read","expires_at":"2001-01-01T00:00:00Z"}""", "expires_at must be in the future")]
    public async Task A_wrong_token_is_not_made(string body, string message)
    {
        await using var server = await TestServer.StartAsync();

        var reply = await server.Client.PostAsync("/admin/tokens", body);

        Assert.Equal("400/7400 The request is malformed: " + message, reply.Failure);
        Assert.Empty(server.Engine.Tokens.List());
    }

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("a/b")]
    public async Task A_token_of_an_account_that_can_not_be_is_not_made(string account)
    {
        await using var server = await TestServer.StartAsync();

        var reply = await server.Client.PostAsync("/admin/tokens", $$"""{"name":"a","account":"{{account}}","permission":"read"}""");

        Assert.Equal("400/7400 Invalid property: account => use letters, digits, - and _, at most 512 characters", reply.Failure);
        Assert.Empty(server.Engine.Tokens.List());
    }

    [Fact]
    public async Task A_token_cannot_be_confined_to_a_database_that_is_not_of_its_account()
    {
        await using var server = await TestServer.StartAsync();
        var id = await server.Client.CreateAsync("shop");

        var reply = await server.Client.PostAsync("/admin/tokens",
            $$"""{"name":"a","account":"other","databases":["{{id}}"],"permission":"read"}""");

        Assert.Equal($"404/7404 The database {id} could not be found", reply.Failure);
    }

    [Fact]
    public async Task An_administrator_of_an_account_handles_the_tokens_of_that_account_only()
    {
        await using var server = await TestServer.StartAsync();
        var foreign = (await server.Client.PostAsync("/admin/tokens", """{"name":"f","permission":"read"}""")).Result!;
        var admin = await server.ClientWithAsync(TokenPermission.Admin, account: "acme");

        var made = await admin.PostAsync("/admin/tokens", """{"name":"mine","permission":"admin"}""");
        var escape = await admin.PostAsync("/admin/tokens", """{"name":"x","account":"other","permission":"admin"}""");
        var revoke = await admin.DeleteAsync($"/admin/tokens/{foreign["id"]}");
        var list = await admin.GetAsync("/admin/tokens");

        Assert.Equal("acme", (string?)made.Result!["account"]);
        Assert.Equal("403/10000 Authentication error", escape.Failure);
        Assert.Equal(404, (int)revoke.Status);
        Assert.All(list.Result!.AsArray(), token => Assert.Equal("acme", (string?)token!["account"]));
        Assert.Equal(2, list.Result!.AsArray().Count);
    }
}
