using System.Text.Json;

namespace Shoal.Cli.Tests.Items;

public sealed class ItemsCommandsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly CommandLine _shoal;

    public ItemsCommandsTests() => _shoal = new CommandLine(_folder.Path).With("SHOAL_DATA", Path.Combine(_folder.Path, "data"));

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task An_item_is_put_shown_and_deleted()
    {
        await _shoal.OkAsync("items", "create-table", "sessions", "--partition", "id");
        Assert.Equal("Added.\n", await _shoal.OkAsync("items", "put", "sessions", """{"id":"a1","n":12345678901234567890.5}"""));
        Assert.Equal("Replaced.\n", await _shoal.OkAsync("items", "put", "sessions", """{"id":"a1","n":12345678901234567890.25}"""));
        Assert.Contains("12345678901234567890.25", await _shoal.OkAsync("items", "get", "sessions", "a1"), StringComparison.Ordinal);
        Assert.Equal("""{"id":{"S":"a1"},"n":{"N":"12345678901234567890.25"}}""",
            JsonSerializer.Serialize(JsonDocument.Parse(await _shoal.OkAsync("items", "get", "sessions", "a1", "--typed"))));

        var taken = await _shoal.RunAsync("items", "put", "sessions", """{"id":"a1"}""", "--if-absent");
        Assert.Equal(ExitCode.Failed, taken.ExitCode);
        Assert.Contains("conditional", taken.Error, StringComparison.Ordinal);

        Assert.True((await _shoal.JsonAsync("items", "delete", "sessions", "a1")).GetProperty("deleted").GetBoolean());
        Assert.False((await _shoal.JsonAsync("items", "delete", "sessions", "a1")).GetProperty("deleted").GetBoolean());
        Assert.Contains("there is no item", (await _shoal.RunAsync("items", "get", "sessions", "a1")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tables_are_listed_with_their_keys()
    {
        await _shoal.OkAsync("items", "create-table", "points", "--partition", "sensor", "--sort", "at:N", "--ttl", "end", "--stream");
        await _shoal.OkAsync("items", "create-table", "blobs", "--partition", "hash:B");
        Assert.Equal("name\tkey\tttl\tstream\tindexes\nblobs\thash:B\t\tno\t0\npoints\tsensor:S, at:N\tend\tyes\t0\n",
            await _shoal.OkAsync("items", "list-tables"));
        Assert.Equal("at:N", (await _shoal.JsonAsync("items", "list-tables"))[1].GetProperty("sort").GetString());
        await _shoal.OkAsync("items", "put", "blobs", """{"hash":{"B":"AQL/"},"s":{"SS":["a","b"]}}""", "--typed");
        Assert.Contains("\"AQL/\"", await _shoal.OkAsync("items", "get", "blobs", "0102FF"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_query_is_in_order_and_a_filter_picks()
    {
        await CreatePointsAsync();
        Assert.Equal([3, 2, 1], await AtAsync("query", "points", "room", "--backward", "--to", "3"));
        Assert.Equal([2, 3], await AtAsync("query", "points", "room", "--from", "2", "--to", "3"));
        Assert.Equal([11, 12], await AtAsync("query", "points", "room", "--filter", "v > :v", "--values", """{":v":10}""", "--limit", "2"));
        Assert.Equal(30, (await AtAsync("query", "points", "room", "--limit", "0")).Length);
        Assert.Equal(31, (await AtAsync("scan", "points")).Length);
        Assert.Equal([1], await AtAsync("scan", "points", "--filter", "#s = :s", "--names", """{"#s":"sensor"}""", "--values", """{":s":"hall"}"""));
        Assert.Contains("--limit 0", (await _shoal.RunAsync("items", "query", "points", "room", "--limit", "3")).Error, StringComparison.Ordinal);
        Assert.Contains("is no value of the key at", (await _shoal.RunAsync("items", "query", "points", "room", "--from", "x")).Error,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("jsonl", false)]
    [InlineData("jsonl", true)]
    [InlineData("csv", false)]
    public async Task What_is_exported_is_imported_the_same(string format, bool typed)
    {
        await CreatePointsAsync();
        string[] flags = typed ? ["--typed"] : [];
        await _shoal.OkAsync(["items", "export", "points", "--output", $"out.{format}", .. flags]);
        await _shoal.OkAsync("items", "create-table", "again", "--partition", "sensor", "--sort", "at:N");
        string[] columns = format == "csv" ? ["--as-json", "v", "--as-json", "list"] : [];
        Assert.Equal(31, (await _shoal.JsonAsync(["items", "import", "again", $"out.{format}", .. flags, .. columns])).GetProperty("items").GetInt32());
        Assert.Equal(await _shoal.OkAsync("items", "scan", "points"), await _shoal.OkAsync("items", "scan", "again"));
        Assert.Contains("--force", (await _shoal.RunAsync("items", "export", "points", "--output", $"out.{format}")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_last_of_two_lines_with_one_key_counts()
    {
        await _shoal.OkAsync("items", "create-table", "kvs", "--partition", "id");
        await File.WriteAllLinesAsync(Path.Combine(_folder.Path, "f.jsonl"), Enumerable.Range(0, 100).Select(n => $$"""{"id":"{{n % 7}}","n":{{n}}}"""),
            TestContext.Current.CancellationToken);
        Assert.Equal(100, (await _shoal.JsonAsync("items", "import", "kvs", "f.jsonl")).GetProperty("items").GetInt32());
        var all = await _shoal.JsonAsync("items", "scan", "kvs");
        Assert.Equal([93, 94, 95, 96, 97, 98, 99], all.EnumerateArray().Select(item => item.GetProperty("n").GetInt32()).Order());
    }

    [Fact]
    public async Task Quotes_commas_and_line_ends_of_csv_come_back()
    {
        await _shoal.OkAsync("items", "create-table", "texts", "--partition", "id");
        await _shoal.OkAsync("items", "put", "texts", """{"id":"a,b","t":"say \"hi\"\nand go, é"}""");
        await _shoal.OkAsync("items", "export", "texts", "--output", "t.csv");
        Assert.Equal("id,t\r\n\"a,b\",\"say \"\"hi\"\"\nand go, é\"\r\n",
            await File.ReadAllTextAsync(Path.Combine(_folder.Path, "t.csv"), TestContext.Current.CancellationToken));
        await _shoal.OkAsync("items", "delete", "texts", "a,b");
        await _shoal.OkAsync("items", "import", "texts", "t.csv");
        Assert.Equal("say \"hi\"\nand go, é", (await _shoal.JsonAsync("items", "scan", "texts"))[0].GetProperty("t").GetString());
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
        await _shoal.OkAsync("items", "create-table", "kvs", "--partition", "id");
        if (name is not null)
        {
            await File.WriteAllTextAsync(Path.Combine(_folder.Path, name), text, TestContext.Current.CancellationToken);
        }

        var result = await _shoal.RunAsync("items", "import", "kvs", name ?? "none.csv");
        Assert.NotEqual(ExitCode.Ok, result.ExitCode);
        Assert.Contains(error, result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_plain_json_cannot_hold_is_exported_only_with_types()
    {
        await _shoal.OkAsync("items", "create-table", "kvs", "--partition", "id");
        await _shoal.OkAsync("items", "put", "kvs", """{"id":{"S":"a"},"s":{"NS":["1","2"]}}""", "--typed");
        var refused = await _shoal.RunAsync("items", "export", "kvs", "--output", "o.jsonl");
        Assert.Contains("--typed", refused.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_folder.Path, "o.jsonl*"));
        Assert.Equal("{\"id\":{\"S\":\"a\"},\"s\":{\"NS\":[\"1\",\"2\"]}}\n", await _shoal.OkAsync("items", "export", "kvs", "--output", "-", "--typed"));
    }

    [Theory]
    [InlineData("there is no data folder", "items", "list-tables", "--data", "elsewhere")]
    [InlineData("there is no table", "items", "scan", "none")]
    [InlineData("there is no database", "items", "scan", "kvs", "--database", "other")]
    [InlineData("has no sort key", "items", "get", "kvs", "a", "b")]
    [InlineData("is no key", "items", "create-table", "new", "--partition", "id:X")]
    [InlineData("no name of a table", "items", "create-table", "a b", "--partition", "id")]
    [InlineData("already exists", "items", "create-table", "kvs", "--partition", "id")]
    [InlineData("no index", "items", "query", "kvs", "a", "--index", "none")]
    [InlineData("Missing the key", "items", "put", "kvs", "{}")]
    [InlineData("is no JSON", "items", "put", "kvs", "{")]
    [InlineData("no value with a type", "items", "put", "kvs", """{"id":"a"}""", "--typed")]
    [InlineData("Invalid FilterExpression", "items", "scan", "kvs", "--filter", "a =")]
    public async Task What_is_wrong_is_said(string error, params string[] arguments)
    {
        await _shoal.OkAsync("items", "create-table", "kvs", "--partition", "id");
        var result = await _shoal.RunAsync(arguments);
        Assert.NotEqual(ExitCode.Ok, result.ExitCode);
        Assert.Contains(error, result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("unexpected", result.Error, StringComparison.Ordinal);
    }

    private async Task CreatePointsAsync()
    {
        await _shoal.OkAsync("items", "create-table", "points", "--partition", "sensor", "--sort", "at:N");
        await File.WriteAllLinesAsync(Path.Combine(_folder.Path, "points.jsonl"),
            Enumerable.Range(1, 30).Select(n => $$"""{"sensor":"room","at":{{n}},"v":{{n}},"list":[{{n}},"x"]}""").Append("""{"sensor":"hall","at":1,"v":0}"""),
            TestContext.Current.CancellationToken);
        await _shoal.OkAsync("items", "import", "points", "points.jsonl");
    }

    private async Task<int[]> AtAsync(params string[] arguments) =>
        [.. (await _shoal.JsonAsync(["items", .. arguments])).EnumerateArray().Select(item => item.GetProperty("at").GetInt32())];
}
