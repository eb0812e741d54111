using Shoal.Engine.Catalog;
using Shoal.TestKit;

namespace Shoal.Server.Tests.Usage;

public sealed class UsageEndpointTests
{
    private const string Path = "/client/v4/accounts/acme/d1/usage";

    [Fact]
    public async Task Usage_is_given_by_database_statement_and_token()
    {
        var clock = new ManualTimeProvider();
        await using var server = await TestServer.StartAsync(options => options.TimeProvider = clock);
        var a = await server.Client.CreateAsync("a");
        var b = await server.Client.CreateAsync("b");
        await server.Client.QueryAsync(a, "SELECT 1");
        await server.Client.QueryAsync(a, "SELECT 2");
        await server.Client.QueryAsync(b, "SELECT 2");
        clock.Advance(TimeSpan.FromHours(1));

        Assert.Equal(["a 2", "b 1"], await RowsAsync(server.Client, "by=database", "database_name"));
        Assert.Equal(["SELECT ? 2", "SELECT 1 1"], await RowsAsync(server.Client, "by=statement", "statement"));
        Assert.Equal(["development 3"], await RowsAsync(server.Client, "by=token", "token_name"));
        Assert.Equal(["2026-01-02T03:00:00Z 3"], await RowsAsync(server.Client, "by=time", "time"));
        Assert.Equal([" 1"], await RowsAsync(server.Client, "database=b", "database_name"));
        Assert.Empty(await RowsAsync(server.Client, "from=2026-01-02T04:00:00Z&by=database", "database_name"));
    }

    [Fact]
    public async Task A_token_sees_its_databases_only_and_tokens_only_as_administrator()
    {
        await using var server = await TestServer.StartAsync();
        var a = await server.Client.CreateAsync("a");
        var b = await server.Client.CreateAsync("b");
        await server.Client.QueryAsync(a, "SELECT 1");
        await server.Client.QueryAsync(b, "SELECT 1");
        var reader = await server.ClientWithAsync(TokenPermission.Read, databases: a);

        Assert.Equal(["a 1"], await RowsAsync(reader, "by=database", "database_name"));
        Assert.Equal("403/10000 Authentication error", (await reader.GetAsync(Path + "?database=b")).Failure);
        Assert.Equal("403/10000 Authentication error", (await reader.GetAsync(Path + "?by=token")).Failure);
        Assert.Equal("404/7404 The database c could not be found", (await server.Client.GetAsync(Path + "?database=c")).Failure);
    }

    [Theory]
    [InlineData("by=colour", "by must be of database, token, statement and time, joined by commas")]
    [InlineData("by=token,statement", "by takes token or statement, not both")]
    [InlineData("from=yesterday", "from must be a date or an instant in ISO 8601")]
    [InlineData("from=2026-02-02&to=2026-02-01", "from must be before to")]
    public async Task What_is_asked_wrongly_is_refused(string query, string message)
    {
        await using var server = await TestServer.StartAsync();

        Assert.Equal("400/7400 The request is malformed: " + message, (await server.Client.GetAsync($"{Path}?{query}")).Failure);
    }

    private static async Task<string[]> RowsAsync(ApiClient client, string query, string name)
    {
        var reply = await client.GetAsync($"{Path}?{query}");
        return [.. (reply.Result?["rows"] ?? throw new InvalidOperationException(reply.ToString())).AsArray()
            .Select(row => $"{row![name]} {row["count"]}")];
    }
}
