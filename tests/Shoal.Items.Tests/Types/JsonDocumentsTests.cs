using Shoal.Items.Types;
using Shoal.Items.Values;

namespace Shoal.Items.Tests.Types;

public sealed class JsonDocumentsTests
{
    private const string Document = """{"name":"Ann","orders":[{"total":12.50,"paid":true},{"total":0.1}],"a name":null}""";

    [Theory]
    [InlineData("$.name", "\"Ann\"")]
    [InlineData("$.orders[0].total", "12.5")]
    [InlineData("$.orders[-1]", "{\"total\":0.1}")]
    [InlineData("$[\"a name\"]", "null")]
    [InlineData("$['orders'][1]['total']", "0.1")]
    [InlineData("$.none.further", null)]
    [InlineData("$.orders[2]", null)]
    public async Task A_path_finds_its_place(string path, string? expected)
    {
        await using var fixture = await ValuesFixture.StartAsync();
        Assert.True(await fixture.WriteAsync(JsonDocuments.Set("d", Document)));
        Assert.Equal(expected, await fixture.ReadAsync(JsonDocuments.Get("d", path)));
    }

    [Fact]
    public async Task Places_are_set_added_to_counted_and_taken_away()
    {
        await using var fixture = await ValuesFixture.StartAsync();
        await fixture.WriteAsync(JsonDocuments.Set("d", Document));
        Assert.False(await fixture.WriteAsync(JsonDocuments.Set("d", "$.name", "\"Bob\"")));
        Assert.True(await fixture.WriteAsync(JsonDocuments.Set("d", "$.orders[2]", """{"total":1}""")));
        Assert.Equal("0.3", (await fixture.WriteAsync(JsonDocuments.Increment("d", "$.orders[1].total",
            ItemNumber.Parse("0.2")))).ToString());
        Assert.Equal(5, await fixture.WriteAsync(JsonDocuments.Append("d", "$.orders", "1", "[2]")));
        Assert.True(await fixture.WriteAsync(JsonDocuments.Remove("d", "$.orders[0]")));
        Assert.False(await fixture.WriteAsync(JsonDocuments.Remove("d", "$.none")));
        Assert.Equal(4, await fixture.ReadAsync(JsonDocuments.Count("d", "$.orders")));
        Assert.Equal("""{"name":"Bob","orders":[{"total":0.3},{"total":1},1,[2]],"a name":null}""",
            await fixture.ReadAsync(JsonDocuments.Get("d")));
        Assert.True(await fixture.WriteAsync(JsonDocuments.Remove("d", "$")));
        Assert.Equal(0, await fixture.CountRowsAsync());
    }

    [Fact]
    public async Task A_merge_follows_the_standards_examples()
    {
        await using var fixture = await ValuesFixture.StartAsync();
        await fixture.WriteAsync(JsonDocuments.Set("d",
            """{"title":"Goodbye!","author":{"givenName":"John","familyName":"Doe"},"tags":["example","sample"],"content":"x"}"""));
        Assert.Equal("""{"title":"Hello!","author":{"givenName":"John"},"tags":["example"],"content":"x","phoneNumber":"+01"}""",
            await fixture.WriteAsync(JsonDocuments.Merge("d",
                """{"title":"Hello!","phoneNumber":"+01","author":{"familyName":null},"tags":["example"]}""")));
        Assert.Equal("""{"a":{"bb":{}}}""", await fixture.WriteAsync(JsonDocuments.Merge("new", """{"a":{"bb":{"ccc":null}}}""")));
    }

    [Theory]
    [InlineData("$.a.b.c", "{}", "leads nowhere")]
    [InlineData("$.list[5]", "1", "leads nowhere")]
    [InlineData("name", "1", "starts with $")]
    [InlineData("$.list[*]", "1", "many places")]
    [InlineData("$.list[", "1", "stands in brackets")]
    [InlineData("$[\"open", "1", "not closed")]
    [InlineData("$.", "1", "a name follows")]
    [InlineData("$.x", "{", "no JSON")]
    [InlineData("$.x", "1 2", "no JSON")]
    [InlineData("$.x", "1e200", "overflow")]
    [InlineData("$.x", "0.123456789012345678901234567890123456789", "38 significant digits")]
    public async Task What_cannot_be_set_is_refused_with_the_reason(string path, string json, string reason)
    {
        await using var fixture = await ValuesFixture.StartAsync();
        await fixture.WriteAsync(JsonDocuments.Set("d", """{"list":[]}"""));
        var error = await Assert.ThrowsAsync<ItemException>(async () => await fixture.WriteAsync(JsonDocuments.Set("d", path, json)));
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.Equal("""{"list":[]}""", await fixture.ReadAsync(JsonDocuments.Get("d")));
    }

    [Fact]
    public void No_path_and_no_json_however_odd_does_more_than_be_refused()
    {
        var random = ValuesFixture.NewRandom();
        for (var round = 0; round < 20_000; round++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(12)).Select(_ => "$.[]'\"\\-0*:a{},é\ud800"[random.Next(17)]));
            _ = Refused(() => JsonPath.Parse("$" + text)) | Refused(() => ItemJson.Parse(text));
        }

        Assert.True(Refused(() => ItemJson.Parse("{\"\\ud800\":1}")));
        Assert.True(Refused(() => ItemJson.Parse(new string('[', 5000))));
        Assert.True(Refused(() => JsonPath.Parse("$" + string.Concat(Enumerable.Repeat("[0]", 5000)))));
    }

    private static bool Refused(Func<object> run)
    {
        try
        {
            _ = run();
            return false;
        }
        catch (ItemException)
        {
            return true;
        }
    }
}
