using System.Text.Json.Nodes;
using Shoal.TestKit;

namespace Shoal.Server.Tests.D1;

/// <summary>Values on their way in and out: D1's conversions (strict) and ours (relaxed).</summary>
public sealed class ValueTests
{
    [Theory]
    [InlineData("1", "real", "1")]
    [InlineData("1.5", "real", "1.5")]
    [InlineData("-0", "real", "0")]
    [InlineData("9007199254740993", "real", "9007199254740992")]
    [InlineData("1e400", "real", "null")]
    [InlineData("true", "real", "1")]
    [InlineData("false", "real", "0")]
    [InlineData("null", "null", "null")]
    [InlineData("\"x\"", "text", "\"x\"")]
    [InlineData("\"\"", "text", "\"\"")]
    [InlineData("\"1\"", "text", "\"1\"")]
    [InlineData("[]", "blob", "[]")]
    [InlineData("[1,2,255]", "blob", "[1,2,255]")]
    [InlineData("[256,257,-1,1.9,1e3,65535]", "blob", "[0,1,255,1,232,255]")]
    public async Task A_parameter_binds_as_d1_binds_it(string json, string type, string back)
    {
        await using var server = await TestServer.StartAsync();
        var id = await server.Client.CreateAsync("shop");

        var reply = await PostAsync(server, id, $$"""{"sql":"SELECT typeof(?1) AS t, ?1 AS v","params":[{{json}}]}""");

        Assert.Contains($$"""[{"t":"{{type}}","v":{{back}}}]""", reply.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1", "integer", "1")]
    [InlineData("9007199254740993", "integer", "9007199254740993")]
    [InlineData("-9223372036854775808", "integer", "-9223372036854775808")]
    [InlineData("9223372036854775808", "real", "9223372036854776000.0")]
    [InlineData("1.0", "real", "1.0")]
    [InlineData("1e2", "real", "100.0")]
    [InlineData("1e21", "real", "1e+21")]
    [InlineData("true", "integer", "1")]
    public async Task A_parameter_binds_exactly_when_the_request_is_relaxed(string json, string type, string back)
    {
        await using var server = await TestServer.StartAsync();
        var id = await server.Client.CreateAsync("shop");

        var reply = await PostAsync(server, id, $$"""{"sql":"SELECT typeof(?1) AS t, ?1 AS v","params":[{{json}}]}""",
            ("x-shoal-compatibility", "relaxed"));

        Assert.Contains($$"""[{"t":"{{type}}","v":{{back}}}]""", reply.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"\\u0041\\n\\t\\r\\b\\f\\/\\\\\\\"\"", "A\n\t\r\b\f/\\\"")]
    [InlineData("\"\\u00e9 \\u20ac \\ud83d\\ude00\"", "é € 😀")]
    [InlineData("\"é € 😀\"", "é € 😀")]
    [InlineData("\"a\\ud83db\"", "a\uFFFDb")]
    [InlineData("\"\\ude00\\ud83d\"", "\uFFFD\uFFFD")]
    [InlineData("\"\\ud83d\\u0041\"", "\uFFFDA")]
    [InlineData("\"a\\u0000b\"", "a\0b")]
    public async Task Text_survives_the_way_in_and_out(string json, string expected)
    {
        await using var server = await TestServer.StartAsync();
        var id = await server.Client.CreateAsync("shop");

        var reply = await PostAsync(server, id, $$"""{"sql":"SELECT ? AS v","params":[{{json}}]}""");

        Assert.Equal(expected, (string?)reply.Result![0]!["results"]![0]!["v"]);
    }

    [Fact]
    public async Task Every_control_character_leaves_as_valid_json()
    {
        await using var server = await TestServer.StartAsync();
        var id = await server.Client.CreateAsync("shop");
        var text = string.Concat(Enumerable.Range(0, 0x80).Select(n => (char)n));

        var reply = await server.Client.QueryAsync(id, "SELECT ? AS v", text);

        Assert.Equal(text, (string?)reply.Result![0]!["results"]![0]!["v"]);
    }

    [Fact]
    public async Task Text_that_is_not_utf8_leaves_with_replacement_characters()
    {
        await using var server = await TestServer.StartAsync();
        var id = await server.Client.CreateAsync("shop");

        var reply = await server.Client.QueryAsync(id, "SELECT CAST(x'41FF42E28261F09F98' AS TEXT) AS v");

        Assert.Equal("A\uFFFDB\uFFFDa\uFFFD", (string?)reply.Result![0]!["results"]![0]!["v"]);
    }

    [Theory]
    [InlineData("9007199254740992", "9007199254740992")]
    [InlineData("9007199254740993", "9007199254740992")]
    [InlineData("9223372036854775807", "9223372036854776000")]
    [InlineData("-9223372036854775808", "-9223372036854776000")]
    [InlineData("9e999", "null")]
    [InlineData("-9e999", "null")]
    [InlineData("1e20", "100000000000000000000")]
    [InlineData("1e21", "1e+21")]
    [InlineData("0.1 + 0.2", "0.30000000000000004")]
    [InlineData("7.0", "7")]
    public async Task A_number_leaves_as_javascript_prints_it(string expression, string json)
    {
        await using var server = await TestServer.StartAsync();
        var id = await server.Client.CreateAsync("shop");

        var reply = await server.Client.QueryAsync(id, $"SELECT {expression} AS v");

        Assert.Contains($$"""[{"v":{{json}}}]""", reply.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_integer_leaves_exactly_when_the_request_is_relaxed()
    {
        await using var server = await TestServer.StartAsync();
        var id = await server.Client.CreateAsync("shop");

        var reply = await PostAsync(server, id, """{"sql":"SELECT 9223372036854775807 AS v"}""",
            ("x-shoal-compatibility", "relaxed"));

        Assert.Contains("""[{"v":9223372036854775807}]""", reply.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Large_texts_and_blobs_survive_the_way_in_and_out()
    {
        await using var server = await TestServer.StartAsync();
        var id = await server.Client.CreateAsync("shop");
        var text = string.Concat(Enumerable.Repeat("añ€😀\"\\\n", 20_000));
        var bytes = Enumerable.Range(0, 100_000).Select(n => (byte)(n * 7)).ToArray();

        var reply = await server.Client.QueryAsync(id, "SELECT ? AS t, ? AS b", text,
            new JsonArray([.. bytes.Select(value => (JsonNode)value)]));

        var row = reply.Result![0]!["results"]![0]!;
        Assert.Equal(text, (string?)row["t"]);
        Assert.Equal(bytes, row["b"]!.AsArray().Select(value => (byte)value!));
    }

    [Fact]
    public async Task More_than_100_parameters_are_a_matter_of_compatibility()
    {
        await using var server = await TestServer.StartAsync();
        var id = await server.Client.CreateAsync("shop");
        var body = $$"""
            {"sql":"SELECT 1 IN ({{string.Join(',', Enumerable.Repeat('?', 101))}}) AS v",
             "params":[{{string.Join(',', Enumerable.Repeat('1', 101))}}]}
            """;

        var strict = await PostAsync(server, id, body);
        var relaxed = await PostAsync(server, id, body, ("x-shoal-compatibility", "relaxed"));

        Assert.StartsWith("400/7500 too many SQL variables", strict.Failure, StringComparison.Ordinal);
        Assert.Contains("""[{"v":1}]""", relaxed.Text, StringComparison.Ordinal);
    }

    private static Task<JsonReply> PostAsync(TestServer server, string id, string json,
        params (string, string)[] headers) =>
        server.Client.SendAsync(HttpMethod.Post, $"{server.Client.Databases}/{id}/query", json, headers);
}
