using System.Text.Json.Nodes;
using Shoal.Server.Http;
using Shoal.TestKit;

namespace Shoal.Server.Tests.Binding;

/// <summary>The binding protocol: forms of requests and replies, values and failures.</summary>
public sealed class BindingTests
{
    [Theory]
    [InlineData("ROWS_AND_COLUMNS", """{"columns":["a","a","b"],"rows":[[1,2,"x"]]}""")]
    [InlineData("NONE", """[{"a":2,"b":"x"}]""")]
    [InlineData("ARRAY_OF_OBJECTS", """[{"a":2,"b":"x"}]""")]
    [InlineData("SOMETHING", """[{"a":2,"b":"x"}]""")]
    public async Task Rows_come_in_the_form_that_is_asked_for(string format, string results)
    {
        await using var server = await TestServer.StartAsync();
        var id = await server.Client.CreateAsync("shop");

        foreach (var reply in new[]
        {
            await server.Client.DirectAsync(id, """{"sql":"SELECT 1 AS a, 2 AS a, 'x' AS b","params":[]}""", "query", format),
            await server.Client.DirectAsync(id, """{"sql":"SELECT 1 AS a, 2 AS a, 'x' AS b"}""", "execute", format),
            await server.Client.ByHeaderAsync(id, """{"sql":"SELECT 1 AS a, 2 AS a, 'x' AS b"}""", "query", format),
            await server.Client.ProxiedAsync(id, """{"sql":"SELECT 1 AS a, 2 AS a, 'x' AS b"}""", "query", format),
        })
        {
            var result = Assert.Single(reply.Json!.AsArray())!;
            Assert.Equal(results, result["results"]!.ToJsonString());
            Assert.True((bool)result["success"]!);
            Assert.IsAssignableFrom<JsonValue>(result["meta"]!["duration"]);
            Assert.Equal("application/json", reply.ContentHeaders.ContentType!.MediaType);
        }
    }

    [Fact]
    public async Task A_batch_answers_one_result_per_statement_and_is_one_transaction()
    {
        await using var server = await TestServer.StartAsync();
        var id = await server.Client.CreateAsync("shop");

        var made = await server.Client.DirectAsync(id,
            """[{"sql":"CREATE TABLE t(a UNIQUE)"},{"sql":"INSERT INTO t VALUES (?)","params":[1]},{"sql":"SELECT a FROM t","params":[]}]""");
        var failed = await server.Client.DirectAsync(id,
            """[{"sql":"INSERT INTO t VALUES (2)"},{"sql":"INSERT INTO t VALUES (1)"}]""");

        Assert.Equal(["[]", "[]", "[[1]]"], made.Json!.AsArray().Select(result => result!["results"]!["rows"]!.ToJsonString()));
        Assert.Equal("UNIQUE constraint failed: t.a: SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_UNIQUE)", failed.Error());
        Assert.Equal("[[1]]", (await server.Client.DirectAsync(id, """{"sql":"SELECT count(*) FROM t"}""")).Rows());
    }

    [Fact]
    public async Task Of_several_statements_in_one_text_the_last_ones_rows_and_the_changes_of_all_are_answered()
    {
        await using var server = await TestServer.StartAsync();
        var id = await server.Client.CreateAsync("shop");

        var reply = await server.Client.DirectAsync(id,
            """
            [{"sql":"CREATE TABLE t(a); INSERT INTO t VALUES (1), (2); SELECT a FROM t; SELECT a + ? AS b FROM t WHERE a = 2","params":[1]},
             {"sql":"DELETE FROM t; SELECT 7 AS c"}]
            """);

        var results = reply.Json!.AsArray();
        Assert.Equal(2, results.Count);
        Assert.Equal("""{"columns":["b"],"rows":[[3]]}""", results[0]!["results"]!.ToJsonString());
        Assert.Equal((2, 2, 0, true), (Number(results[0]!, "changes"), Number(results[0]!, "rows_read"),
            Number(results[0]!, "rows_written"), (bool)results[0]!["meta"]!["changed_db"]!));
        Assert.Equal("""{"columns":["c"],"rows":[[7]]}""", results[1]!["results"]!.ToJsonString());
        Assert.Equal(2, Number(results[1]!, "changes"));

        static int Number(JsonNode result, string name) => (int)result["meta"]![name]!;
    }

    [Fact]
    public async Task Many_large_results_that_are_not_the_last_take_no_memory()
    {
        await using var server = await TestServer.StartAsync(options => options.RequestMemoryBytesMax = 4 * 1024 * 1024);
        var id = await server.Client.CreateAsync("shop");
        var sql = string.Concat(Enumerable.Repeat("SELECT printf('%.*c', 1000000, 'x') AS a;", 20)) + "SELECT 'end' AS a";

        var reply = await server.Client.DirectAsync(id, new JsonObject { ["sql"] = sql }.ToJsonString());

        Assert.Equal("""[["end"]]""", reply.Rows());
    }

    [Theory]
    [InlineData("1", "real", "1")]
    [InlineData("9007199254740993", "real", "9007199254740992")]
    [InlineData("null", "null", "null")]
    [InlineData("\"x\"", "text", "\"x\"")]
    [InlineData("[]", "blob", "[]")]
    [InlineData("[1,255,256,65535]", "blob", "[1,255,0,255]")]
    public async Task Values_convert_as_those_of_D1(string json, string type, string back)
    {
        await using var server = await TestServer.StartAsync();
        var id = await server.Client.CreateAsync("shop");

        var reply = await server.Client.DirectAsync(id, $$"""{"sql":"SELECT typeof(?1), ?1","params":[{{json}}]}""");

        Assert.Equal($"""[["{type}",{back}]]""", reply.Rows());
    }

    [Theory]
    [InlineData("true")]
    [InlineData("{}")]
    [InlineData("[[1]]")]
    [InlineData("[null]")]
    public async Task What_a_binding_never_sends_as_a_value_is_refused(string json)
    {
        await using var server = await TestServer.StartAsync();
        var id = await server.Client.CreateAsync("shop");

        var reply = await server.Client.DirectAsync(id, $$"""{"sql":"SELECT ?","params":[{{json}}]}""");

        Assert.StartsWith("The request is malformed: params[0]", reply.Error(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "the body is empty")]
    [InlineData("{", "the body is not valid JSON")]
    [InlineData("[{\"sql\":\"SELECT 1\"}] x", "the body is not valid JSON")]
    [InlineData("7", "the body must be")]
    [InlineData("[7]", "batch[0] must be an object")]
    [InlineData("[{}]", "batch[0].sql is missing")]
    [InlineData("{\"batch\":[{\"sql\":\"SELECT 1\"}]}", "\"sql\" is missing")]
    public async Task A_malformed_body_is_one_failure(string body, string expected)
    {
        await using var server = await TestServer.StartAsync();
        var id = await server.Client.CreateAsync("shop");

        Assert.Contains(expected, (await server.Client.DirectAsync(id, body)).Error(), StringComparison.Ordinal);
        Assert.Contains(expected, (await server.Client.ProxiedAsync(id, body)).Error(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_to_run_is_D1s_failure()
    {
        await using var server = await TestServer.StartAsync();
        var id = await server.Client.CreateAsync("shop");

        Assert.Equal("No SQL statements detected.", (await server.Client.DirectAsync(id, "[]")).Error());
        Assert.Equal("No SQL statements detected.", (await server.Client.DirectAsync(id, """{"sql":"-- x"}""")).Error());
    }

    [Fact]
    public async Task A_dump_is_the_database_as_a_file()
    {
        await using var server = await TestServer.StartAsync();
        var id = await server.Client.CreateAsync("shop");
        await server.Client.RowsAsync(id, "CREATE TABLE t(a)");

        var direct = await server.Client.DirectAsync(id, "", "dump");
        var proxied = await server.Client.ProxiedAsync(id, "", "dump");
        var missing = await server.Client.DirectAsync("nope", "", "dump");
        var missingProxied = await server.Client.ProxiedAsync("nope", "", "dump");

        Assert.StartsWith("SQLite format 3\0", direct.Text, StringComparison.Ordinal);
        Assert.StartsWith("SQLite format 3\0", proxied.Text, StringComparison.Ordinal);
        Assert.Equal(404, (int)missing.Status);
        Assert.Contains("could not be found", (string?)missing.Json!["error"], StringComparison.Ordinal);
        Assert.Equal(404, (int)missingProxied.Status);
    }

    [Fact]
    public async Task Requests_that_name_no_operation_or_no_database_are_told_so()
    {
        await using var server = await TestServer.StartAsync();
        var body = """{"sql":"SELECT 1"}""";

        Assert.Contains("names no database", (await server.Client.PostAsync("/query", body)).Error(), StringComparison.Ordinal);
        Assert.Contains("MF-URL", (await server.Client.PostAsync("/mf/shop", body)).Error(), StringComparison.Ordinal);
        Assert.Contains("\"drop\"", (await server.Client.ProxiedAsync("shop", body, "drop")).Error(), StringComparison.Ordinal);
        Assert.Equal(405, (int)(await server.Client.GetAsync("/mf/shop")).Status);
    }

    [Fact]
    public async Task Bookmarks_are_answered_to_sessions_only_and_never_decrease()
    {
        const string Header = "x-cf-d1-session-commit-token";
        await using var server = await TestServer.StartAsync();
        var id = await server.Client.CreateAsync("shop");

        var last = "";
        foreach (var (sql, token) in new[]
        {
            ("CREATE TABLE t(a)", "first-primary"), ("SELECT 1", "first-unconstrained"), ("INSERT INTO t VALUES (1)", "anything at all, 7"),
            ("SELECT * FROM t", "ffffffff-ffffffff-ffffffff-00000000000000000000000000000000"),
        })
        {
            foreach (var reply in new[]
            {
                await server.Client.DirectAsync(id, $$"""{"sql":"{{sql}}"}""", headers: (Header, token)),
                await server.Client.ProxiedAsync(id, """{"sql":"SELECT count(*) FROM t"}""", headers: (Header, token)),
            })
            {
                var bookmark = Assert.Single(reply.Headers.GetValues(Header));
                Assert.Matches("^[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{32}$", bookmark);
                Assert.True(string.CompareOrdinal(last, bookmark) <= 0, $"{bookmark} after {last}");
                last = bookmark;
            }
        }

        Assert.False((await server.Client.DirectAsync(id, """{"sql":"SELECT 1"}""")).Headers.Contains(Header));
        Assert.False((await server.Client.DirectAsync(id, """{"sql":"SELECT 1"}""", headers: (Header, " "))).Headers.Contains(Header));
        Assert.False((await server.Client.DirectAsync(id, """{"sql":"SELEC"}""", headers: (Header, last))).Headers.Contains(Header));
    }

    [Theory]
    [InlineData("/binding/a%40b%2Fc%25@shop/query?x=1", 1, 3, "a@b/c%@shop")]
    [InlineData("http://d1:1/binding/shop/query", 1, 3, "shop")]
    [InlineData("/mf/shop/", 1, 2, "shop")]
    [InlineData("/x/../mf/shop", 1, 2, null)]
    [InlineData("/mf/%E2%82%AC+", 1, 2, "€+")]
    [InlineData("/mf/%zz", 1, 2, "%zz")]
    public void A_segment_is_decoded_once(string target, int index, int count, string? expected) =>
        Assert.Equal(expected, RequestTarget.Segment(target, index, count));

    [Theory]
    [InlineData("/binding/secret@shop/foo?token=x", "/binding/…@shop/foo")]
    [InlineData("/binding/secret%40shop/foo", "/binding/…%40shop/foo")]
    [InlineData("/other", "/other")]
    public void What_may_be_a_token_is_left_out_of_texts(string target, string expected) =>
        Assert.Equal(expected, RequestTarget.WithoutToken(target));
}
