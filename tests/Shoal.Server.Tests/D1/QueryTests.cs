using System.Globalization;
using Shoal.TestKit;

namespace Shoal.Server.Tests.D1;

public sealed class QueryTests
{
    [Fact]
    public async Task A_query_gives_rows_as_objects_in_the_envelope()
    {
        await using var server = await TestServer.StartAsync();
        var id = await server.Client.CreateAsync("shop");

        var reply = await server.Client.QueryAsync(id, "SELECT 1 AS a, 'x' AS b");

        Assert.Equal(200, (int)reply.Status);
        Assert.StartsWith("""{"result":[{"results":[{"a":1,"b":"x"}],"success":true,"meta":{"served_by":"shoal",""", reply.Text,
            StringComparison.Ordinal);
        Assert.EndsWith("""}],"errors":[],"messages":[],"success":true}""", reply.Text, StringComparison.Ordinal);
        Assert.Equal("application/json; charset=UTF-8", reply.ContentHeaders.ContentType!.ToString());
    }

    [Fact]
    public async Task Meta_has_all_members_in_the_order_of_d1()
    {
        await using var server = await TestServer.StartAsync(options =>
        {
            options.Region = "WEUR";
            options.Colo = "AMS";
        });
        var id = await server.Client.CreateAsync("shop");

        var reply = await server.Client.QueryAsync(id, "SELECT 1");

        var meta = reply.Result![0]!["meta"]!.AsObject();
        Assert.Equal(
            ["served_by", "served_by_region", "served_by_colo", "served_by_primary", "timings", "duration", "changes",
                "last_row_id", "changed_db", "size_after", "rows_read", "rows_written", "total_attempts"],
            meta.Select(member => member.Key));
        Assert.Equal((double)meta["timings"]!["sql_duration_ms"]!, (double)meta["duration"]!);
        Assert.Equal("WEUR", (string?)meta["served_by_region"]);
        Assert.True((bool)meta["served_by_primary"]!);
    }

    [Fact]
    public async Task Region_and_colo_are_left_out_when_they_are_not_configured()
    {
        await using var server = await TestServer.StartAsync();
        var id = await server.Client.CreateAsync("shop");

        var reply = await server.Client.QueryAsync(id, "SELECT 1");

        Assert.DoesNotContain("served_by_region", reply.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("served_by_colo", reply.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Meta_counts_what_a_write_did()
    {
        await using var server = await TestServer.StartAsync();
        var id = await server.Client.CreateAsync("shop");
        await server.Client.QueryAsync(id, "CREATE TABLE t(a)");

        var reply = await server.Client.QueryAsync(id, "INSERT INTO t VALUES (1), (2)");

        var meta = reply.Result![0]!["meta"]!;
        Assert.Equal(2, (int)meta["changes"]!);
        Assert.Equal(2, (int)meta["last_row_id"]!);
        Assert.Equal(2, (int)meta["rows_written"]!);
        Assert.True((bool)meta["changed_db"]!);
        Assert.True((long)meta["size_after"]! > 0);
    }

    [Fact]
    public async Task Several_statements_give_one_result_each_in_order()
    {
        await using var server = await TestServer.StartAsync();
        var id = await server.Client.CreateAsync("shop");

        var reply = await server.Client.QueryAsync(id,
            "CREATE TABLE t(a); INSERT INTO t VALUES (7); SELECT a FROM t;");

        Assert.Equal(["[]", "[]", """[{"a":7}]"""],
            reply.Result!.AsArray().Select(each => each!["results"]!.ToJsonString()));
    }

    [Fact]
    public async Task Only_the_last_of_several_statements_takes_parameters()
    {
        await using var server = await TestServer.StartAsync();
        var id = await server.Client.CreateAsync("shop");

        var good = await server.Client.QueryAsync(id, "SELECT 1; SELECT ? AS p", "x");
        var bad = await server.Client.QueryAsync(id, "SELECT ? AS p; SELECT 1", "x");

        Assert.Equal("""[{"p":"x"}]""", good.Result![1]!["results"]!.ToJsonString());
        Assert.Equal("400/7500 When executing multiple SQL statements in a single call, only the last statement can have "
            + "parameters.", bad.Failure);
    }

    [Fact]
    public async Task A_repeated_column_name_keeps_the_last_value_in_objects()
    {
        await using var server = await TestServer.StartAsync();
        var id = await server.Client.CreateAsync("shop");

        Assert.Equal("""[{"a":3,"b":2}]""", await server.Client.RowsAsync(id, "SELECT 1 AS a, 2 AS b, 3 AS a"));
    }

    [Fact]
    public async Task Many_columns_with_repeated_names_keep_the_last_value_in_objects()
    {
        await using var server = await TestServer.StartAsync();
        var id = await server.Client.CreateAsync("shop");
        var columns = Enumerable.Range(0, 60).Select(n => string.Create(CultureInfo.InvariantCulture, $"{n} AS c{n % 30}"));

        var rows = await server.Client.RowsAsync(id, "SELECT " + string.Join(", ", columns));

        var expected = string.Join(',',
            Enumerable.Range(0, 30).Select(n => string.Create(CultureInfo.InvariantCulture, $"\"c{n}\":{n + 30}")));
        Assert.Equal($"[{{{expected}}}]", rows);
    }

    [Fact]
    public async Task A_column_name_is_escaped()
    {
        await using var server = await TestServer.StartAsync();
        var id = await server.Client.CreateAsync("shop");

        var reply = await server.Client.QueryAsync(id, "SELECT 1 AS \"a\"\"b\\c\nd\"");

        Assert.Contains("""[{"a\"b\\c\nd":1}]""", reply.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Raw_keeps_all_columns_and_gives_rows_as_arrays()
    {
        await using var server = await TestServer.StartAsync();
        var id = await server.Client.CreateAsync("shop");

        var reply = await server.Client.RawAsync(id, "SELECT 1 AS a, 'x' AS b, 3 AS a UNION ALL SELECT 4, NULL, 6");

        Assert.Equal("""{"columns":["a","b","a"],"rows":[[1,"x",3],[4,null,6]]}""",
            reply.Result![0]!["results"]!.ToJsonString());
    }

    [Fact]
    public async Task Raw_names_the_columns_of_an_empty_result()
    {
        await using var server = await TestServer.StartAsync();
        var id = await server.Client.CreateAsync("shop");

        var reply = await server.Client.RawAsync(id,
            "CREATE TABLE t(a, b); SELECT a, b FROM t");

        Assert.Equal("""{"columns":[],"rows":[]}""", reply.Result![0]!["results"]!.ToJsonString());
        Assert.Equal("""{"columns":["a","b"],"rows":[]}""", reply.Result[1]!["results"]!.ToJsonString());
    }

    [Fact]
    public async Task A_batch_gives_one_result_per_statement()
    {
        await using var server = await TestServer.StartAsync();
        var id = await server.Client.CreateAsync("shop");
        await server.Client.QueryAsync(id, "CREATE TABLE t(a)");

        var reply = await server.Client.PostAsync($"{server.Client.Databases}/{id}/query", """
            {"batch": [{"sql": "INSERT INTO t VALUES (?)", "params": ["x"]}, {"sql": "SELECT a FROM t"},
             {"params": null, "sql": "SELECT count(*) AS n FROM t", "extra": {"ignored": [1, 2]}}]}
            """);

        Assert.Equal(["[]", """[{"a":"x"}]""", """[{"n":1}]"""],
            reply.Result!.AsArray().Select(each => each!["results"]!.ToJsonString()));
    }

    [Fact]
    public async Task A_failing_statement_undoes_the_whole_batch()
    {
        await using var server = await TestServer.StartAsync();
        var id = await server.Client.CreateAsync("shop");
        await server.Client.QueryAsync(id, "CREATE TABLE t(a UNIQUE)");

        var reply = await server.Client.PostAsync($"{server.Client.Databases}/{id}/query",
            """{"batch": [{"sql": "INSERT INTO t VALUES (1)"}, {"sql": "INSERT INTO t VALUES (1)"}]}""");

        Assert.Equal("400/7500 UNIQUE constraint failed: t.a: SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_UNIQUE)",
            reply.Failure);
        Assert.Equal("""[{"n":0}]""", await server.Client.RowsAsync(id, "SELECT count(*) AS n FROM t"));
    }

    [Fact]
    public async Task A_failure_has_the_headers_and_the_body_of_d1()
    {
        await using var server = await TestServer.StartAsync();
        var id = await server.Client.CreateAsync("shop");

        var reply = await server.Client.QueryAsync(id, "SELECT * FROM nope");

        Assert.Equal(400, (int)reply.Status);
        Assert.Equal("""
            {"messages":[],"result":[],"success":false,"errors":[{"code":7500,"message":"no such table: nope: SQLITE_ERROR"}]}
            """, reply.Text);
        Assert.Equal("application/json; charset=UTF-8", reply.ContentHeaders.ContentType!.ToString());
        Assert.Equal("err=7500", reply.Headers.GetValues("cf-d1").Single());
        Assert.Equal("no-cache", reply.Headers.GetValues("cache-control").Single());
        Assert.Equal("nosniff", reply.Headers.GetValues("x-content-type-options").Single());
    }

    [Fact]
    public async Task A_database_can_be_queried_by_its_name()
    {
        await using var server = await TestServer.StartAsync();
        await server.Client.CreateAsync("shop");

        Assert.Equal("""[{"a":1}]""", await server.Client.RowsAsync("shop", "SELECT 1 AS a"));
    }

    [Fact]
    public async Task Databases_do_not_see_each_other()
    {
        await using var server = await TestServer.StartAsync();
        var ids = await Task.WhenAll(Enumerable.Range(0, 8).Select(n => server.Client.CreateAsync($"tenant-{n}")));

        await Task.WhenAll(ids.Select(async (id, n) =>
        {
            await server.Client.QueryAsync(id, "CREATE TABLE t(owner)");
            await Task.WhenAll(Enumerable.Range(0, 10).Select(_ =>
                server.Client.QueryAsync(id, "INSERT INTO t VALUES (?)", $"tenant-{n}")));
        }));

        for (var n = 0; n < ids.Length; n++)
        {
            Assert.Equal($$"""[{"owner":"tenant-{{n}}","rows":10}]""",
                await server.Client.RowsAsync(ids[n], "SELECT owner, count(*) AS rows FROM t GROUP BY owner"));
        }
    }

    [Fact]
    public async Task Concurrent_writes_of_one_database_are_all_there()
    {
        await using var server = await TestServer.StartAsync();
        var id = await server.Client.CreateAsync("shop");
        await server.Client.QueryAsync(id, "CREATE TABLE t(a INTEGER PRIMARY KEY)");

        var replies = await Task.WhenAll(Enumerable.Range(0, 200).Select(n =>
            server.Client.QueryAsync(id, "INSERT INTO t VALUES (?)", n % 190)));

        Assert.Equal(10, replies.Count(reply => !reply.Success));
        Assert.All(replies.Where(reply => !reply.Success), reply => Assert.Equal(7500, reply.ErrorCode));
        Assert.Equal("""[{"n":190}]""", await server.Client.RowsAsync(id, "SELECT count(*) AS n FROM t"));
    }
}
