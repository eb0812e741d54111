using Microsoft.Extensions.DependencyInjection;
using Shoal.Engine;
using Shoal.Server.Http;
using Shoal.TestKit;

namespace Shoal.Server.Tests.D1;

public sealed class LimitTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_body_that_is_too_large_is_refused_with_an_envelope(bool announced)
    {
        await using var server = await TestServer.StartAsync(options => options.RequestBodyBytesMax = 1_000);
        var id = await server.Client.CreateAsync("shop");
        using HttpContent content = announced
            ? new StringContent($$"""{"sql":"SELECT '{{new string('x', 2_000)}}'"}""")
            : new StreamContent(new UnsizedStream(2_000));

        var reply = await server.Client.SendAsync(HttpMethod.Post, $"{server.Client.Databases}/{id}/query", content);

        Assert.Equal("413/7400 The request is malformed: the body is larger than this route takes; use the import or upload "
            + "route for files.", reply.Failure);
        Assert.Equal("""[{"a":1}]""", await server.Client.RowsAsync(id, "SELECT 1 AS a"));
    }

    [Fact]
    public async Task A_result_that_is_too_large_is_refused_saying_what_to_do()
    {
        await using var server = await TestServer.StartAsync(options => options.ResponseBytesMax = 100_000);
        var id = await server.Client.CreateAsync("shop");

        var reply = await server.Client.QueryAsync(id,
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000) SELECT i FROM n");

        Assert.Equal("400/7500 response too large: more than 100000 bytes; select fewer rows or columns, or use LIMIT",
            reply.Failure);
        Assert.Equal("""[{"a":1}]""", await server.Client.RowsAsync(id, "SELECT 1 AS a"));
    }

    [Fact]
    public async Task A_write_whose_result_is_too_large_has_no_effect()
    {
        await using var server = await TestServer.StartAsync(options => options.ResponseBytesMax = 10_000);
        var id = await server.Client.CreateAsync("shop");
        await server.Client.QueryAsync(id, "CREATE TABLE t(a)");

        var reply = await server.Client.QueryAsync(id, """
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
            INSERT INTO t SELECT i FROM n RETURNING a
            """);

        Assert.Equal(7500, reply.ErrorCode);
        Assert.Equal("""[{"n":0}]""", await server.Client.RowsAsync(id, "SELECT count(*) AS n FROM t"));
    }

    [Fact]
    public async Task A_large_result_within_the_limit_arrives_whole()
    {
        await using var server = await TestServer.StartAsync();
        var id = await server.Client.CreateAsync("shop");

        var reply = await server.Client.RawAsync(id,
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200000) SELECT i, 'row ' || i FROM n");

        var rows = reply.Result![0]!["results"]!["rows"]!.AsArray();
        Assert.Equal(200_000, rows.Count);
        Assert.Equal("""[200000,"row 200000"]""", rows[^1]!.ToJsonString());
    }

    [Fact]
    public async Task A_query_that_runs_too_long_is_stopped_with_the_text_of_d1()
    {
        await using var server = await TestServer.StartAsync(options => options.QueryTimeout = TimeSpan.FromSeconds(2));
        var id = await server.Client.CreateAsync("shop");

        var reply = await server.Client.QueryAsync(id,
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n");

        Assert.Equal("400/7500 D1 DB storage operation exceeded timeout which caused object to be reset.", reply.Failure);
        Assert.Equal("""[{"a":1}]""", await server.Client.RowsAsync(id, "SELECT 1 AS a"));
    }

    [Fact]
    public async Task A_query_that_takes_too_much_memory_is_stopped_with_the_text_of_d1()
    {
        await using var server = await TestServer.StartAsync(
            options => options.Limits = new EngineLimits { QueryMemoryBytesMax = 8 * 1024 * 1024 });
        var id = await server.Client.CreateAsync("shop");
        var large = string.Join(" + ", Enumerable.Range(0, 16).Select(static i => $"length(group_concat(hex(i + {i})))"));

        var reply = await server.Client.QueryAsync(id,
            $"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) SELECT {large} FROM n");

        Assert.Equal("400/7500 D1 DB's isolate exceeded its memory limit and was reset.", reply.Failure);
        Assert.Equal("""[{"a":1}]""", await server.Client.RowsAsync(id, "SELECT 1 AS a"));
    }

    [Fact]
    public async Task A_database_that_has_reached_its_size_says_so_with_the_text_of_d1()
    {
        await using var server = await TestServer.StartAsync(
            options => options.Limits = new EngineLimits { DatabaseBytesMax = 200_000 });
        var id = await server.Client.CreateAsync("shop");

        var reply = await server.Client.QueryAsync(id, "CREATE TABLE t(a); INSERT INTO t VALUES (zeroblob(300000))");

        Assert.Equal("400/7500 Exceeded maximum DB size: SQLITE_FULL", reply.Failure);
        Assert.Equal("""[{"n":0}]""", await server.Client.RowsAsync(id, "SELECT count(*) AS n FROM sqlite_schema"));
    }

    [Fact]
    public async Task Limits_of_databases_do_not_bind_those_of_the_server_itself()
    {
        await using var server = await TestServer.StartAsync(
            options => options.Limits = new EngineLimits { DatabaseBytesMax = 16 * 1024, QueryMemoryBytesMax = 8 * 1024 * 1024 });

        for (var number = 0; number < 300; number++)
        {
            Assert.NotEmpty(await server.Client.CreateAsync($"shop-{number}"));
        }

        var id = await server.Client.CreateAsync("shop");
        Assert.Equal("400/7500 Exceeded maximum DB size: SQLITE_FULL",
            (await server.Client.QueryAsync(id, "CREATE TABLE t(a); INSERT INTO t VALUES (zeroblob(30000))")).Failure);
    }

    [Theory]
    [InlineData("""{"sql":"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) SELECT i FROM n"}""")]
    [InlineData("a body of 300,000 bytes")]
    public async Task When_all_requests_hold_too_much_memory_they_are_told_to_come_again(string body)
    {
        await using var server = await TestServer.StartAsync(options => options.RequestMemoryBytesMax = 200_000);
        var id = await server.Client.CreateAsync("shop");
        var budget = server.Server.Services.GetRequiredService<MemoryBudget>();

        for (var round = 0; round < 3; round++)
        {
            var reply = await server.Client.PostAsync($"{server.Client.Databases}/{id}/query",
                body[0] == '{' ? body : $$"""{"sql":"SELECT '{{new string('x', 300_000)}}'"}""");

            Assert.Equal("429/7500 D1 DB is overloaded. Requests queued for too long.", reply.Failure);
            Assert.NotNull(reply.Headers.RetryAfter);
        }

        Assert.Equal("""[{"n":20000}]""", await server.Client.RowsAsync(id,
            "SELECT length(x) AS n FROM (SELECT hex(zeroblob(10000)) AS x)"));
        Assert.Equal(0, budget.Bytes);
    }

    [Fact]
    public async Task Parameters_beyond_what_any_statement_takes_are_refused_while_they_are_read()
    {
        await using var server = await TestServer.StartAsync();
        var id = await server.Client.CreateAsync("shop");
        var values = string.Concat(Enumerable.Repeat("1,", 32_766));

        var reply = await server.Client.PostAsync($"{server.Client.Databases}/{id}/query",
            $$"""{"sql":"SELECT ?","params":[{{values}}1]}""");
        var full = await server.Client.PostAsync($"{server.Client.Databases}/{id}/query",
            $$"""{"sql":"SELECT ?","params":[{{values.TrimEnd(',')}}]}""");

        Assert.Equal("400/7400 The request is malformed: params holds more than 32766 values", reply.Failure);
        Assert.Equal("400/7500 Wrong number of parameter bindings for SQL query.", full.Failure);
        Assert.Equal(0, server.Server.Services.GetRequiredService<MemoryBudget>().Bytes);
    }

    [Fact]
    public async Task A_batch_of_too_many_statements_is_refused_while_it_is_read()
    {
        await using var server = await TestServer.StartAsync(options =>
            options.Limits = new EngineLimits { StatementsPerRequestMax = 10 });
        var id = await server.Client.CreateAsync("shop");
        var items = string.Join(',', Enumerable.Repeat("""{"sql":"SELECT 1"}""", 11));

        var reply = await server.Client.PostAsync($"{server.Client.Databases}/{id}/query", $$"""{"batch":[{{items}}]}""");

        Assert.Equal("400/7400 The request is malformed: \"batch\" holds more than 10 statements; send them in several requests, "
            + "or use import", reply.Failure);
    }

    [Fact]
    public async Task A_request_that_carries_no_data_takes_a_small_body_only()
    {
        await using var server = await TestServer.StartAsync();

        var reply = await server.Client.PostAsync(server.Client.Databases, $$"""{"name":"{{new string('x', 1_100_000)}}"}""");

        Assert.Equal(413, (int)reply.Status);
    }

    [Fact]
    public async Task Too_many_statements_are_refused()
    {
        await using var server = await TestServer.StartAsync(options =>
            options.Limits = new EngineLimits { StatementsPerRequestMax = 10 });
        var id = await server.Client.CreateAsync("shop");

        var reply = await server.Client.QueryAsync(id, string.Concat(Enumerable.Repeat("SELECT 1;", 12)));

        Assert.StartsWith("400/7500 more than 10 statements in one request", reply.Failure, StringComparison.Ordinal);
    }

    /// <summary>So many spaces, of a length that is not known before.</summary>
    private sealed class UnsizedStream(int length) : MemoryStream(new byte[length])
    {
        public override bool CanSeek => false;
    }
}
