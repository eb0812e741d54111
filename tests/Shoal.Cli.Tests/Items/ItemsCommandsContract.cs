using System.Text.Json;
using System.Text.Json.Nodes;

namespace Shoal.Cli.Tests.Items;

/// <summary>What <c>items</c> does, wherever the items are.</summary>
public abstract class ItemsCommandsContract : CommandsContract
{
    [Fact]
    public async Task An_item_is_put_shown_and_deleted()
    {
        await Shoal.OkAsync("items", "create-table", "sessions", "--partition", "id");
        Assert.Equal("Added.\n", await Shoal.OkAsync("items", "put", "sessions", """{"id":"a1","n":12345678901234567890.5}""",
            "--plain"));
        Assert.Equal("Replaced.\n", await Shoal.OkAsync("items", "put", "sessions", """{"id":"a1","n":12345678901234567890.25}""",
            "--plain"));
        Assert.Equal("{\"id\":\"a1\",\"n\":12345678901234567890.25}\n", await Shoal.OkAsync("items", "get", "sessions", "a1", "--plain"));
        const string Typed = """{"id":{"S":"a1"},"n":{"N":"12345678901234567890.25"}}""";
        Assert.Equal(Typed + "\n", await Shoal.OkAsync("items", "get", "sessions", """{"id":{"S":"a1"}}"""));
        Assert.Equal(Typed + "\n", await Shoal.OkAsync("items", "scan", "sessions"));

        var taken = await Shoal.RunAsync("items", "put", "sessions", """{"id":"a1"}""", "--plain", "--if-absent");
        Assert.Equal(ExitCode.Failed, taken.ExitCode);
        Assert.Contains("conditional", taken.Error, StringComparison.Ordinal);

        Assert.True((await Shoal.JsonAsync("items", "delete", "sessions", "a1")).GetProperty("deleted").GetBoolean());
        Assert.False((await Shoal.JsonAsync("items", "delete", "sessions", "a1")).GetProperty("deleted").GetBoolean());
        Assert.Contains("there is no item", (await Shoal.RunAsync("items", "get", "sessions", "a1")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tables_are_listed_with_their_keys()
    {
        await Shoal.OkAsync("items", "create-table", "points", "--partition", "sensor", "--sort", "at:N", "--ttl", "end", "--stream");
        await Shoal.OkAsync("items", "create-table", "blobs", "--partition", "hash:B");
        Assert.Equal("name\tkey\tstream\nblobs\thash:B\tno\npoints\tsensor:S, at:N\tyes\n",
            await Shoal.OkAsync("items", "list-tables"));
        Assert.Equal("at:N", (await Shoal.JsonAsync("items", "list-tables"))[1].GetProperty("sort").GetString());
        await Shoal.OkAsync("items", "put", "blobs", """{"hash":{"B":"AQL/"},"s":{"SS":["a","b"]}}""");
        Assert.Contains("\"AQL/\"", await Shoal.OkAsync("items", "get", "blobs", "0102FF"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_query_is_in_order_and_a_filter_picks()
    {
        await CreatePointsAsync();
        Assert.Equal([3, 2, 1], await AtAsync("query", "points", "sensor = :s AND #a <= :a", "--names", """{"#a":"at"}""", "--values", """{":s":"room",":a":3}""",
            "--reverse"));
        Assert.Equal([2, 3], await AtAsync("query", "points", "sensor = :s AND #a BETWEEN :a AND :b", "--names", """{"#a":"at"}""", "--values",
            """{":s":"room",":a":2,":b":3}"""));
        Assert.Equal([11, 12], await AtAsync("query", "points", "#s = :s", "--filter", "v > :v", "--names", """{"#s":"sensor"}""",
            "--values", """{":s":"room",":v":10}""", "--limit", "2"));
        Assert.Equal(31, (await AtAsync("scan", "points")).Count);
        Assert.Equal([1], await AtAsync("scan", "points", "--filter", "sensor = :s", "--values", """{":s":"hall"}"""));
    }

    [Theory]
    [InlineData("jsonl", false)]
    [InlineData("jsonl", true)]
    [InlineData("csv", false)]
    public async Task What_is_exported_is_imported_the_same(string format, bool plain)
    {
        await CreatePointsAsync();
        string[] flags = plain ? ["--plain"] : [];
        await Shoal.OkAsync(["items", "export", "points", "--output", $"out.{format}", .. flags]);
        await Shoal.OkAsync("items", "create-table", "again", "--partition", "sensor", "--sort", "at:N");
        string[] columns = format == "csv" ? ["--as-json", "v", "--as-json", "list"] : [];
        Assert.Equal(31, (await Shoal.JsonAsync(["items", "import", "again", $"out.{format}", .. flags, .. columns])).GetProperty(
            "items").GetInt32());
        Assert.Equal(await ItemsAsync("points"), await ItemsAsync("again"));
        Assert.Contains("--force", (await Shoal.RunAsync("items", "export", "points", "--output", $"out.{format}")).Error,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_last_of_two_lines_with_one_key_counts()
    {
        await Shoal.OkAsync("items", "create-table", "kvs", "--partition", "id");
        await File.WriteAllLinesAsync(Path.Combine(Folder, "f.jsonl"), Enumerable.Range(0, 100)
            .Select(n => $$"""{"id":"{{n % 7}}","n":{{n}}}"""),
            TestContext.Current.CancellationToken);
        Assert.Equal(100, (await Shoal.JsonAsync("items", "import", "kvs", "f.jsonl", "--plain")).GetProperty("items").GetInt32());
        var all = await Shoal.JsonAsync("items", "scan", "kvs", "--plain");
        Assert.Equal([93, 94, 95, 96, 97, 98, 99], all.EnumerateArray().Select(item => item.GetProperty("n").GetInt32()).Order());
    }

    [Fact]
    public async Task Quotes_commas_and_line_ends_of_csv_come_back()
    {
        await Shoal.OkAsync("items", "create-table", "texts", "--partition", "id");
        await Shoal.OkAsync("items", "put", "texts", """{"id":"a,b","t":"say \"hi\"\nand go, é"}""", "--plain");
        await Shoal.OkAsync("items", "export", "texts", "--output", "t.csv");
        Assert.Equal("id,t\r\n\"a,b\",\"say \"\"hi\"\"\nand go, é\"\r\n",
            await File.ReadAllTextAsync(Path.Combine(Folder, "t.csv"), TestContext.Current.CancellationToken));
        await Shoal.OkAsync("items", "delete", "texts", "a,b");
        await Shoal.OkAsync("items", "import", "texts", "t.csv");
        Assert.Equal("say \"hi\"\nand go, é", (await Shoal.JsonAsync("items", "scan", "texts", "--plain"))[0].GetProperty(
            "t").GetString());
    }

    [Theory]
    [InlineData("f.jsonl", "{\"id\":\"a\"}\n{\"n\":1}\n", "line 2: the item has no id")]
    [InlineData("f.jsonl", "{\"id\":\"a\"}\n\n{\"id\":\n", "line 3: this is no JSON")]
    [InlineData("f.csv", "id,n\na,1\nb\n", "line 3 has 1 fields")]
    [InlineData("f.csv", "id,n\n\"a,1\n", "line 2 is not closed")]
    [InlineData("f.csv", "id,n\n\"a\"x,1\n", "line 2 goes on after its quotes")]
    [InlineData("f.txt", "", "--format jsonl or --format csv")]
    [InlineData(null, "", "there is no file")]
    public async Task A_file_that_is_wrong_is_refused_with_its_line(string? name, string text, string error)
    {
        await Shoal.OkAsync("items", "create-table", "kvs", "--partition", "id");
        if (name is not null)
        {
            await File.WriteAllTextAsync(Path.Combine(Folder, name), text, TestContext.Current.CancellationToken);
        }

        var result = await Shoal.RunAsync("items", "import", "kvs", name ?? "none.csv", "--plain");
        Assert.NotEqual(ExitCode.Ok, result.ExitCode);
        Assert.Contains(error, result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_plain_json_cannot_hold_is_exported_only_with_types()
    {
        await Shoal.OkAsync("items", "create-table", "kvs", "--partition", "id");
        await Shoal.OkAsync("items", "put", "kvs", """{"id":{"S":"a"},"s":{"NS":["1","2"]}}""");
        var refused = await Shoal.RunAsync("items", "export", "kvs", "--output", "o.jsonl", "--plain");
        Assert.Contains("drop --plain", refused.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(Folder, "o.jsonl*"));
        Assert.Equal("{\"id\":{\"S\":\"a\"},\"s\":{\"NS\":[\"1\",\"2\"]}}\n", await Shoal.OkAsync("items", "export", "kvs"));
    }

    [Theory]
    [InlineData("has 1 values, not 2", "items", "get", "kvs", "a", "b")]
    [InlineData("is no key", "items", "create-table", "new", "--partition", "id:X")]
    [InlineData("no name of a table", "items", "create-table", "a b", "--partition", "id")]
    [InlineData("already exists", "items", "create-table", "kvs", "--partition", "id")]
    [InlineData("specified index", "items", "query", "kvs", "id = :i", "--values", """{":i":{"S":"a"}}""", "--index", "none")]
    [InlineData("is no JSON", "items", "put", "kvs", "{")]
    [InlineData("no value with a type", "items", "put", "kvs", """{"id":"a"}""")]
    [InlineData("Invalid FilterExpression", "items", "scan", "kvs", "--filter", "a =")]
    public async Task What_is_wrong_is_said(string error, params string[] arguments)
    {
        await Shoal.OkAsync("items", "create-table", "kvs", "--partition", "id");
        var result = await Shoal.RunAsync(arguments);
        Assert.NotEqual(ExitCode.Ok, result.ExitCode);
        Assert.Contains(error, result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("unexpected", result.Error, StringComparison.Ordinal);
    }

    private async Task CreatePointsAsync()
    {
        await Shoal.OkAsync("items", "create-table", "points", "--partition", "sensor", "--sort", "at:N");
        await File.WriteAllLinesAsync(Path.Combine(Folder, "points.jsonl"),
            Enumerable.Range(1, 30).Select(n => $$"""{"sensor":"room","at":{{n}},"v":{{n}},"list":[{{n}},"x"]}""")
                .Append("""{"sensor":"hall","at":1,"v":0}"""),
            TestContext.Current.CancellationToken);
        await Shoal.OkAsync("items", "import", "points", "points.jsonl", "--plain");
    }

    /// <summary>A table's items, the attributes of each by name: an item has no order of them.</summary>
    private async Task<List<string>> ItemsAsync(string table) =>
        [.. (await Shoal.OkAsync("items", "scan", table)).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(static line => JsonNode.Parse(line)!.AsObject())
            .Select(static item => string.Join(' ', item.OrderBy(static pair => pair.Key, StringComparer.Ordinal)
                .Select(static pair => $"{pair.Key}={pair.Value!.ToJsonString()}")))];

    private async Task<List<int>> AtAsync(params string[] arguments) =>
        [.. (await Shoal.JsonAsync(["items", .. arguments, "--plain"])).EnumerateArray()
            .Select(item => item.GetProperty("at").GetInt32())];
}
