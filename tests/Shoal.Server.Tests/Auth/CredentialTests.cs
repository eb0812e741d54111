using Shoal.Engine.Catalog;
using Shoal.TestKit;

namespace Shoal.Server.Tests.Auth;

public sealed class CredentialTests
{
    [Theory]
    [InlineData("Authorization", "Bearer test-token")]
    [InlineData("Authorization", "bearer   test-token ")]
    [InlineData("X-Auth-User-Service-Key", "test-token")]
    public async Task A_token_is_accepted_in_each_place_where_d1_takes_one(string header, string value)
    {
        await using var server = await TestServer.StartAsync();

        var reply = await server.ClientWith(token: null)
            .SendAsync(HttpMethod.Get, "/client/v4/user", json: null, (header, value));

        Assert.True(reply.Success, reply.ToString());
    }

    [Fact]
    public async Task A_key_needs_an_email_beside_it()
    {
        await using var server = await TestServer.StartAsync();
        var client = server.ClientWith(token: null);

        var alone = await client.SendAsync(HttpMethod.Get, "/client/v4/user", json: null, ("X-Auth-Key", TestServer.Token));
        var both = await client.SendAsync(HttpMethod.Get, "/client/v4/user", json: null, ("X-Auth-Key", TestServer.Token),
            ("X-Auth-Email", "somebody@example.com"));

        Assert.Equal("400/9106 Missing X-Auth-Key, X-Auth-Email or Authorization headers", alone.Failure);
        Assert.True(both.Success);
    }

    [Theory]
    [InlineData("Authorization", "test-token", 9106)]
    [InlineData("Authorization", "Basic dGVzdC10b2tlbg==", 9106)]
    [InlineData("Authorization", "Bearer", 9106)]
    [InlineData("Authorization", "Bearer ", 9106)]
    [InlineData("Authorization", "Bearer test-toke", 10000)]
    [InlineData("Authorization", "Bearer test-token2", 10000)]
    [InlineData("Authorization", "Bearer TEST-TOKEN", 10000)]
    [InlineData("X-Auth-User-Service-Key", "nope", 10000)]
    public async Task What_is_not_exactly_the_token_is_refused(string header, string value, int code)
    {
        await using var server = await TestServer.StartAsync();

        var reply = await server.ClientWith(token: null)
            .SendAsync(HttpMethod.Get, "/client/v4/user", json: null, (header, value));

        Assert.Equal(code, reply.ErrorCode);
    }

    [Theory]
    [InlineData(512)]
    [InlineData(513)]
    [InlineData(20_000)]
    public async Task A_very_long_token_is_refused_like_any_wrong_one(int length)
    {
        await using var server = await TestServer.StartAsync();

        var reply = await server.ClientWith(new string('x', length)).GetAsync("/client/v4/user");

        Assert.Equal("401/10000 Authentication error", reply.Failure);
    }

    [Fact]
    public async Task A_read_token_reads_and_does_not_write()
    {
        await using var server = await TestServer.StartAsync();
        var id = await server.Client.CreateAsync("shop");
        await server.Client.QueryAsync(id, "CREATE TABLE t(a UNIQUE); INSERT INTO t VALUES (1)");
        var reader = await server.ClientWithAsync(TokenPermission.Read);

        Assert.Equal("""[{"a":1}]""", await reader.RowsAsync(id, "SELECT a FROM t"));
        foreach (var sql in new[]
        {
            "INSERT INTO t VALUES (2)", "UPDATE t SET a = 2", "DELETE FROM t", "DROP TABLE t", "CREATE TABLE u(a)",
            "WITH x AS (SELECT 1) INSERT INTO t SELECT * FROM x", "INSERT INTO t VALUES (2) RETURNING a",
            "SELECT 1; DELETE FROM t", "ALTER TABLE t RENAME TO u", "REINDEX", "ANALYZE",
        })
        {
            Assert.Equal(("403/10000 Authentication error", sql), ((await reader.QueryAsync(id, sql)).Failure, sql));
            Assert.Equal(("403/10000 Authentication error", sql), ((await reader.RawAsync(id, sql)).Failure, sql));
        }

        Assert.Equal("""[{"a":1}]""", await reader.RowsAsync(id, "SELECT a FROM t"));
    }
}
