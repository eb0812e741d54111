using System.Net.Sockets;
using System.Text;
using Shoal.Engine.Catalog;
using Shoal.TestKit;

namespace Shoal.Server.Tests.Binding;

/// <summary>Whose databases a binding reaches, and what it may create.</summary>
public sealed class BindingAccessTests
{
    private const string Select = """{"sql":"SELECT 1"}""";
    private const string Ok = "[[1]]";
    private const string Missing = "the request carries no token (send it as Authorization: Bearer <token>, or in the address as "
        + "/binding/<token>@<name> or /mf/<token>@<name>)";

    private const string Wrong = "Authentication error (the token is unknown, revoked or expired)";
    private const string Denied = "Authentication error (the token does not reach this database, or may not do this)";

    [Fact]
    public async Task The_token_is_taken_from_the_path_or_a_header()
    {
        await using var server = await TestServer.StartAsync();
        var token = await server.Engine.Tokens.CreateAsync("t", "shoal", [], TokenPermission.Read, expiresAt: null);
        await server.ClientWith(TestServer.Token, "shoal").CreateAsync("shop");
        var anonymous = server.ClientWith(token: null);
        var bearer = server.ClientWith(token.Secret);

        Assert.Equal(Ok, (await anonymous.DirectAsync($"{token.Secret}@shop", Select)).Rows());
        Assert.Equal(Ok, (await anonymous.ProxiedAsync($"{token.Secret}%40shop", Select)).Rows());
        Assert.Equal(Ok, (await bearer.DirectAsync("shop", Select)).Rows());
        Assert.Equal(Ok, (await bearer.ByHeaderAsync("shop", Select)).Rows());
        Assert.Equal(Missing, (await anonymous.DirectAsync("shop", Select)).Error());
        Assert.Equal(Missing, (await anonymous.ProxiedAsync("@shop", Select)).Error());
        Assert.Equal(Wrong, (await anonymous.DirectAsync("wrong@shop", Select)).Error());
        Assert.Equal(Wrong, (await bearer.DirectAsync("wrong@shop", Select)).Error());
        Assert.Equal(Wrong, (await server.ClientWith("wrong").ByHeaderAsync("shop", Select)).Error());
    }

    [Fact]
    public async Task A_token_reaches_the_databases_of_its_account_only()
    {
        await using var server = await TestServer.StartAsync();
        var mine = await server.ClientWith(TestServer.Token, "me").CreateAsync("shop");
        var theirs = await server.ClientWith(TestServer.Token, "them").CreateAsync("theirs");
        var token = await server.Engine.Tokens.CreateAsync("t", "me", [], TokenPermission.Write, expiresAt: null);
        var client = server.ClientWith(token.Secret);

        Assert.Equal(Ok, (await client.DirectAsync("shop", Select)).Rows());
        Assert.Equal(Ok, (await client.DirectAsync(mine, Select)).Rows());
        Assert.StartsWith("The database theirs could not be found", (await client.DirectAsync("theirs", Select)).Error());
        Assert.StartsWith($"The database {theirs} could not be found", (await client.DirectAsync(theirs, Select)).Error());
        Assert.Equal(Ok, (await server.Client.DirectAsync(theirs, Select)).Rows());
    }

    [Fact]
    public async Task A_token_confined_to_databases_reaches_these_by_name_or_id_and_creates_none()
    {
        await using var server = await TestServer.StartAsync(options => options.CreateOnUse = true);
        var mine = await server.Client.CreateAsync("mine");
        await server.Client.CreateAsync("theirs");
        var client = await server.ClientWithAsync(TokenPermission.Admin, databases: mine);

        Assert.Equal(Ok, (await client.DirectAsync("mine", Select)).Rows());
        Assert.Equal(Ok, (await client.ProxiedAsync(mine, Select)).Rows());
        Assert.Equal(Denied, (await client.DirectAsync("theirs", Select)).Error());
        Assert.Equal(Denied, (await client.DirectAsync("nope", Select)).Error());
    }

    [Fact]
    public async Task A_token_that_may_only_read_reads()
    {
        await using var server = await TestServer.StartAsync(options => options.CreateOnUse = true);
        await server.ClientWith(TestServer.Token, "shoal").CreateAsync("shop");
        var client = await server.ClientWithAsync(TokenPermission.Read);

        Assert.Equal(Ok, (await client.DirectAsync("shop", Select)).Rows());
        Assert.Equal("This token may only read, and the statement writes. (Use a token with write permission.)",
            (await client.DirectAsync("shop", """{"sql":"CREATE TABLE t(a)"}""")).Error());
        Assert.Equal(Denied, (await client.DirectAsync("unknown", Select)).Error());
        Assert.Null(server.Engine.FindDatabase("shoal", "unknown"));
    }

    [Theory]
    [InlineData(false, null, false)]
    [InlineData(false, "true", true)]
    [InlineData(true, null, true)]
    [InlineData(true, "false", false)]
    public async Task A_database_is_created_on_first_use_when_server_or_request_say_so(bool option, string? header, bool created)
    {
        await using var server = await TestServer.StartAsync(options => options.CreateOnUse = option);
        (string, string)[] headers = header is null ? [] : [("x-shoal-create-on-use", header)];

        var reply = await server.Client.DirectAsync("tenant-1", Select, headers: headers);

        Assert.Equal(created ? Ok : "The database tenant-1 could not be found (create it, or let the server create databases on "
            + "first use: shoal serve --create-on-use)", created ? reply.Rows() : reply.Error());
        Assert.Equal(created, server.Engine.FindDatabase("shoal", "tenant-1") is not null);
    }

    [Fact]
    public async Task Many_first_uses_at_once_create_one_database()
    {
        await using var server = await TestServer.StartAsync(options => options.CreateOnUse = true);

        var replies = await Task.WhenAll(Enumerable.Range(0, 40).Select(index => server.Client.DirectAsync($"tenant-{index % 4}",
            """{"sql":"CREATE TABLE IF NOT EXISTS t(a); INSERT INTO t VALUES (1) RETURNING a"}""")));

        Assert.All(replies, reply => Assert.Equal(Ok, reply.Rows()));
        Assert.Equal(4, server.Engine.ListDatabases("shoal", "tenant-", page: 1, perPage: 100).TotalCount);
        Assert.Equal("[[10]]", (await server.Client.DirectAsync("tenant-3", """{"sql":"SELECT count(*) FROM t"}""")).Rows());
    }

    [Fact]
    public async Task A_bad_name_or_an_unknown_id_is_not_created()
    {
        await using var server = await TestServer.StartAsync(options => options.CreateOnUse = true);

        Assert.StartsWith("Invalid property: name", (await server.Client.DirectAsync("a%2Fb", Select)).Error());
        Assert.Contains("could not be found",
            (await server.Client.DirectAsync("00000000-0000-4000-8000-000000000001", Select)).Error());
        Assert.Empty(server.Engine.ListAccounts());
    }

    [Fact]
    public async Task A_token_in_a_path_appears_in_no_log_and_in_no_error()
    {
        const string Secret = "shoal_secret-that-must-not-appear";
        using var log = new CapturedLog();
        await using (var server = await TestServer.StartAsync(options => options.LoggerFactory = log))
        {
            var anonymous = server.ClientWith(token: null);
            foreach (var path in new[] { "binding/{0}@shop/query", "binding/{0}@shop/nope", "mf/{0}@shop", "mf/{0}%40shop/x" })
            {
                var reply = await anonymous.PostAsync("/" + path.Replace("{0}", Secret, StringComparison.Ordinal), Select);
                Assert.DoesNotContain(Secret, reply.Text, StringComparison.Ordinal);
            }

            // A line that is no HTTP, which the web framework would quote.
            using var socket = new TcpClient(server.Address.Host, server.Address.Port);
            await socket.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"POST /binding/{Secret}@shop/query\u0001 HTTP/9\r\n\r\n"));
            using var answer = new StreamReader(socket.GetStream());
            Assert.DoesNotContain(Secret, await answer.ReadToEndAsync(), StringComparison.Ordinal);
        }

        Assert.NotEmpty(log.Messages);
        Assert.DoesNotContain(log.Messages, message => message.Contains(Secret, StringComparison.Ordinal));
    }
}
