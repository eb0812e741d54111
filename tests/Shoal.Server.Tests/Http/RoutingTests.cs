using Shoal.TestKit;

namespace Shoal.Server.Tests.Http;

public sealed class RoutingTests
{
    [Theory]
    [InlineData("/")]
    [InlineData("/nope")]
    [InlineData("/client/v4/accounts/acme/d1")]
    [InlineData("/client/v4/accounts//d1/database")]
    [InlineData("/client/v4/accounts/acme/d1/database/shop/nope")]
    [InlineData("/client/v4/accounts/acme/d1/database/shop/query/more")]
    [InlineData("/client/v4/accounts/acme/d1/database/shop/outlooks")]
    [InlineData("/client/v4/accounts/acme/d1/database/shop/time_travel/nope")]
    [InlineData("/client/v4/zones")]
    [InlineData("/admin")]
    public async Task An_unknown_path_is_told_as_d1_does(string path)
    {
        await using var server = await TestServer.StartAsync();

        var reply = await server.Client.GetAsync(path + "?a=1");

        Assert.Equal($"404/7003 Could not route to {path}, perhaps your object identifier is invalid?", reply.Failure);
        Assert.Equal("err=7003", reply.Headers.GetValues("cf-d1").Single());
    }

    [Theory]
    [InlineData("DELETE", "/client/v4/accounts/acme/d1/database", "GET, POST")]
    [InlineData("GET", "/client/v4/accounts/acme/d1/database/shop/query", "POST")]
    [InlineData("POST", "/client/v4/accounts/acme/d1/database/shop", "DELETE, GET, PATCH, PUT")]
    [InlineData("PUT", "/admin/tokens", "GET, POST")]
    [InlineData("POST", "/health", "GET")]
    public async Task A_wrong_method_is_told_with_the_right_ones(string method, string path, string allowed)
    {
        await using var server = await TestServer.StartAsync();

        var reply = await server.Client.SendAsync(new HttpMethod(method), path);

        Assert.Equal("405/10405 Method not allowed", reply.Failure);
        Assert.Equal(allowed, string.Join(", ", reply.ContentHeaders.Allow.Order(StringComparer.Ordinal)));
    }

    [Fact]
    public async Task No_reply_names_the_software()
    {
        await using var server = await TestServer.StartAsync();

        var reply = await server.Client.GetAsync("/health");

        Assert.False(reply.Headers.Contains("Server"));
    }

    [Fact]
    public async Task A_trailing_slash_and_an_empty_query_change_nothing()
    {
        await using var server = await TestServer.StartAsync();
        await server.Client.CreateAsync("shop");

        Assert.True((await server.Client.GetAsync($"{server.Client.Databases}/shop/")).Success);
        Assert.True((await server.Client.GetAsync($"{server.Client.Databases}/shop?")).Success);
    }
}
