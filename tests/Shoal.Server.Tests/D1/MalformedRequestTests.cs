using System.Net.Http.Headers;
using System.Text;
using Shoal.TestKit;

namespace Shoal.Server.Tests.D1;

/// <summary>Bodies that are not what D1 takes: always 400/7400, saying what and where, and the server goes on.</summary>
public sealed class MalformedRequestTests
{
    public static TheoryData<string, string> Bodies => new()
    {
        { "", "the body is empty; send {\"sql\": \"…\", \"params\": […]}" },
        { "{", "the body is not valid JSON (line 1, byte 2)" },
        { "nonsense", "the body is not valid JSON (line 1, byte 2)" },
        { "{\"sql\":\"SELECT 1\"", "the body is not valid JSON (line 1, byte 18)" },
        { "{\"sql\":\"SELECT 1\"} x", "the body is not valid JSON (line 1, byte 20)" },
        { "{\"sql\":\"SELECT 1\"}{}", "the body is not valid JSON (line 1, byte 19)" },
        { "{\"sql\":\"SELECT 1\",}", "the body is not valid JSON (line 1, byte 19)" },
        { "{'sql':1}", "the body is not valid JSON (line 1, byte 2)" },
        { "{\"sql\":\"a\nb\"}", "the body is not valid JSON (line 1, byte 10)" },
        { "{\"sql\":\"\\x\"}", "the body is not valid JSON (line 1, byte 10)" },
        { "{\"sql\":\"\\u12\"}", "the body is not valid JSON (line 1, byte 13)" },
        { "{\"sql\":01}", "the body is not valid JSON (line 1, byte 9)" },
        { "{\"sql\":NaN}", "the body is not valid JSON (line 1, byte 8)" },
        { "// x\n{\"sql\":\"SELECT 1\"}", "the body is not valid JSON (line 1, byte 1)" },
        { "null", "the body must be an object with \"sql\" or \"batch\"; it is null" },
        { "[]", "the body must be an object with \"sql\" or \"batch\"; it is an array" },
        { "\"SELECT 1\"", "the body must be an object with \"sql\" or \"batch\"; it is a string" },
        { "1", "the body must be an object with \"sql\" or \"batch\"; it is a number" },
        { "{}", Missing },
        { "{\"SQL\":\"SELECT 1\"}", Missing },
        { "{\"batch\":null}", Missing },
        { "{\"params\":[]}", Missing },
        { "{\"sql\":null}", "sql must be a string; it is null" },
        { "{\"sql\":1}", "sql must be a string; it is a number" },
        { "{\"sql\":[\"SELECT 1\"]}", "sql must be a string; it is an array" },
        { "{\"sql\":\"SELECT 1\",\"batch\":[{\"sql\":\"SELECT 1\"}]}", "give either \"sql\" or \"batch\", not both" },
        { "{\"sql\":\"SELECT 1\",\"params\":{}}", "params must be an array; it is an object" },
        { "{\"sql\":\"SELECT 1\",\"params\":\"x\"}", "params must be an array; it is a string" },
        { "{\"sql\":\"SELECT 1\",\"params\":0}", "params must be an array; it is a number" },
        { "{\"sql\":\"SELECT 1\",\"params\":false}", "params must be an array; it is a boolean" },
        { "{\"sql\":\"SELECT ?\",\"params\":[{}]}", BadValue("params[0]", "an object") },
        { "{\"sql\":\"SELECT ?\",\"params\":[1,{\"a\":1}]}", BadValue("params[1]", "an object") },
        { "{\"sql\":\"SELECT ?\",\"params\":[[1,\"x\"]]}", BadByte("params[0][1]", "a string") },
        { "{\"sql\":\"SELECT ?\",\"params\":[[[1]]]}", BadByte("params[0][0]", "an array") },
        { "{\"sql\":\"SELECT ?\",\"params\":[[null]]}", BadByte("params[0][0]", "null") },
        { "{\"sql\":\"SELECT ?\",\"params\":[[1,true]]}", BadByte("params[0][1]", "a boolean") },
        { "{\"batch\":{}}", "\"batch\" must be an array of statements; it is an object" },
        { "{\"batch\":\"SELECT 1\"}", "\"batch\" must be an array of statements; it is a string" },
        { "{\"s\\ud800ql\":\"SELECT 1\"}", Missing },
        { "{\"batch\":[\"SELECT 1\"]}", "batch[0] must be an object with \"sql\"; it is a string" },
        { "{\"batch\":[{\"sql\":\"SELECT 1\"},null]}", "batch[1] must be an object with \"sql\"; it is null" },
        { "{\"batch\":[{\"sql\":\"SELECT 1\"},{}]}", "batch[1].sql is missing" },
        { "{\"batch\":[{\"sql\":1}]}", "batch[0].sql must be a string; it is a number" },
        { "{\"batch\":[{\"sql\":\"SELECT 1\",\"params\":1}]}", "batch[0].params must be an array; it is a number" },
        { "{\"batch\":[{\"sql\":\"SELECT ?\",\"params\":[{}]}]}", BadValue("batch[0].params[0]", "an object") },
        { "{\"batch\":[{\"sql\":\"SELECT ?\",\"params\":[[\"\"]]}]}", BadByte("batch[0].params[0][0]", "a string") },
    };

    private const string Missing =
        "\"sql\" is missing; send {\"sql\": \"…\", \"params\": […]} or {\"batch\": [{\"sql\": \"…\"}]}";

    [Fact]
    public async Task A_malformed_body_is_refused_saying_what_and_where()
    {
        await using var server = await TestServer.StartAsync();
        var id = await server.Client.CreateAsync("shop");

        foreach (var (body, message) in Bodies.Select(row => row.Data))
        {
            foreach (var route in new[] { "query", "raw" })
            {
                var reply = await server.Client.PostAsync($"{server.Client.Databases}/{id}/{route}", body);

                Assert.Equal(("400/7400 The request is malformed: " + message, body), (reply.Failure, body));
            }
        }

        Assert.Equal("""[{"a":1}]""", await server.Client.RowsAsync(id, "SELECT 1 AS a"));
    }

    [Fact]
    public async Task A_body_that_is_not_utf8_is_refused()
    {
        await using var server = await TestServer.StartAsync();
        var id = await server.Client.CreateAsync("shop");
        using var content = new ByteArrayContent([.. "{\"sql\":\"SELECT '"u8, 0xFF, .. "'\"}"u8]);

        var reply = await server.Client.SendAsync(HttpMethod.Post, $"{server.Client.Databases}/{id}/query", content);

        Assert.Equal("400/7400 The request is malformed: the body is not valid UTF-8", reply.Failure);
    }

    [Fact]
    public async Task A_byte_order_mark_is_skipped()
    {
        await using var server = await TestServer.StartAsync();
        var id = await server.Client.CreateAsync("shop");
        using var content = new ByteArrayContent([.. "\uFEFF"u8, .. "{\"sql\":\"SELECT 'a\\u0062' AS v\"}"u8]);

        var reply = await server.Client.SendAsync(HttpMethod.Post, $"{server.Client.Databases}/{id}/query", content);

        Assert.Equal("""[{"v":"ab"}]""", reply.Result![0]!["results"]!.ToJsonString());
    }

    [Fact]
    public async Task A_compressed_body_is_refused()
    {
        await using var server = await TestServer.StartAsync();
        var id = await server.Client.CreateAsync("shop");
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes("{}"));
        content.Headers.ContentEncoding.Add("gzip");

        var reply = await server.Client.SendAsync(HttpMethod.Post, $"{server.Client.Databases}/{id}/query", content);

        Assert.Equal("415/7400 The request is malformed: compressed bodies are not supported; send it without "
            + "Content-Encoding.", reply.Failure);
    }

    [Fact]
    public async Task An_unknown_compatibility_is_refused()
    {
        await using var server = await TestServer.StartAsync();
        var id = await server.Client.CreateAsync("shop");

        var reply = await server.Client.SendAsync(HttpMethod.Post, $"{server.Client.Databases}/{id}/query",
            """{"sql":"SELECT 1"}""", ("x-shoal-compatibility", "loose"));

        Assert.Equal("400/7400 The request is malformed: x-shoal-compatibility must be \"strict\" or \"relaxed\"", reply.Failure);
    }

    [Fact]
    public async Task A_body_needs_no_content_type()
    {
        await using var server = await TestServer.StartAsync();
        var id = await server.Client.CreateAsync("shop");
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes("""{"sql":"SELECT 1 AS a"}"""));
        content.Headers.ContentType = new MediaTypeHeaderValue("text/plain");

        var reply = await server.Client.SendAsync(HttpMethod.Post, $"{server.Client.Databases}/{id}/query", content);

        Assert.True(reply.Success);
    }

    [Fact]
    public async Task Random_damage_to_a_good_body_never_gives_anything_but_a_clean_reply()
    {
        // Goal: no input reaches a defect. Method: change random bytes of a valid body; the seed is in the message.
        await using var server = await TestServer.StartAsync();
        var id = await server.Client.CreateAsync("shop");
        var good = Encoding.UTF8.GetBytes(
            """{"batch":[{"sql":"SELECT ?1 AS \u0061, 'é'","params":["x\ud83d\ude00",1.5,null,[1,2],true]},{"sql":"SELECT 1;"}]}""");
        var seed = Environment.TickCount;
#pragma warning disable CA5394 // reproducible on purpose
        var random = new Random(seed);
        for (var round = 0; round < 400; round++)
        {
            var bytes = good.ToArray();
            for (var change = random.Next(1, 6); change > 0; change--)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            using var content = new ByteArrayContent(bytes, 0, random.Next(1, bytes.Length + 1));
            var reply = await server.Client.SendAsync(HttpMethod.Post, $"{server.Client.Databases}/{id}/query", content);

            Assert.True((int)reply.Status is 200 or 400 && reply.Json is not null, $"seed {seed}, round {round}: {reply}");
            Assert.DoesNotContain("internal error", reply.Text, StringComparison.Ordinal);
        }
#pragma warning restore CA5394
    }

    private static string BadValue(string where, string what) =>
        $"{where} must be null, a number, a string, a boolean or an array of byte values; it is {what}";

    private static string BadByte(string where, string what) =>
        $"{where} must be a number, because an array is bound as bytes; it is {what}";
}
