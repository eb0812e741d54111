using System.Text;
using Shoal.TestKit;

namespace Shoal.Server.Tests.Transfer;

/// <summary>Whole files in one request, in either direction.</summary>
public sealed class StreamTests
{
    [Fact]
    public async Task Sql_goes_in_and_out()
    {
        await using var server = await TestServer.StartAsync();
        var id = await server.Client.CreateAsync("shop");

        var upload = await UploadAsync(server, id, "format=sql", "CREATE TABLE t(a);\nINSERT INTO t VALUES (1);"u8.ToArray());
        using var download = await GetAsync(server, id, "format=sql");

        Assert.Equal(2, (int)upload.Result!["num_queries"]!);
        Assert.True((long)upload.Result["meta"]!["rows_written"]! > 0);
        var now = await server.Client.GetAsync($"{server.Client.Databases}/{id}/time_travel/bookmark");
        Assert.Equal((string?)now.Result!["bookmark"], (string?)upload.Result["final_bookmark"]);
        Assert.Equal("attachment; filename=\"shop.sql\"", download.Content.Headers.ContentDisposition!.ToString());
        Assert.Contains("INSERT INTO \"t\" (\"a\") VALUES(1);", await download.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Csv_goes_in_and_out()
    {
        await using var server = await TestServer.StartAsync();
        var id = await server.Client.CreateAsync("shop");

        var upload = await UploadAsync(server, id, "format=csv&table=t&delimiter=;",
            "a;b\n1;\"x;y\"\n2;\n"u8.ToArray());
        using var download = await GetAsync(server, id, "format=csv&table=t");

        Assert.Equal(2, (int)upload.Result!["num_queries"]!);
        Assert.Equal("""[{"b":"x;y"},{"b":null}]""", await server.Client.RowsAsync(id, "SELECT b FROM t"));
        Assert.Equal("a,b\n1,x;y\n2,\n", (await download.Content.ReadAsStringAsync()).ReplaceLineEndings("\n"));
    }

    [Fact]
    public async Task An_sqlite_file_goes_out_and_in()
    {
        await using var server = await TestServer.StartAsync();
        var id = await server.Client.CreateAsync("shop");
        var copy = await server.Client.CreateAsync("copy");
        await server.Client.QueryAsync(id, "CREATE TABLE t(a); INSERT INTO t VALUES (1), ('x'), (x'00')");

        using var download = await GetAsync(server, id, "format=sqlite");
        var bytes = await download.Content.ReadAsByteArrayAsync();
        var upload = await UploadAsync(server, copy, "format=sqlite", bytes);

        Assert.True(bytes.AsSpan().StartsWith("SQLite format 3\0"u8));
        Assert.Equal(bytes.Length, download.Content.Headers.ContentLength);
        Assert.True(upload.Success, upload.ToString());
        Assert.Equal("""[{"a":1},{"a":"x"},{"a":[0]}]""", await server.Client.RowsAsync(copy, "SELECT a FROM t"));
        Assert.Empty(Directory.GetFiles(server.Engine.TemporaryFolder));
    }

    [Fact]
    public async Task An_sqlite_file_in_wal_mode_leaves_nothing_behind()
    {
        await using var server = await TestServer.StartAsync();
        var id = await server.Client.CreateAsync("shop");
        await server.Client.QueryAsync(id, "CREATE TABLE t(a); INSERT INTO t VALUES (1)");
        using var download = await GetAsync(server, id, "format=sqlite");
        var bytes = await download.Content.ReadAsByteArrayAsync();
        var copy = await server.Client.CreateAsync("copy");

        // Source: https://www.sqlite.org/fileformat2.html, offsets 18 and 19: 2 means WAL.
        bytes[18] = bytes[19] = 2;
        var upload = await UploadAsync(server, copy, "format=sqlite", bytes);

        Assert.True(upload.Success, upload.ToString());
        Assert.Empty(Directory.GetFiles(server.Engine.TemporaryFolder));
    }

    [Theory]
    [InlineData("format=sql", "CREATE TABLE t(a); INSERT INTO nope VALUES (1);", "no such table: nope")]
    [InlineData("format=sqlite", "this is no database at all, only text that is long enough", "")]
    public async Task A_failing_upload_changes_nothing(string query, string content, string message)
    {
        await using var server = await TestServer.StartAsync();
        var id = await server.Client.CreateAsync("shop");

        var reply = await UploadAsync(server, id, query, Encoding.UTF8.GetBytes(content));

        Assert.Equal(400, (int)reply.Status);
        Assert.Contains(message, reply.ErrorMessage, StringComparison.Ordinal);
        Assert.DoesNotContain("internal error", reply.ErrorMessage, StringComparison.Ordinal);
        Assert.DoesNotContain(server.Engine.TemporaryFolder, reply.ErrorMessage, StringComparison.Ordinal);
        Assert.Equal("""[{"n":0}]""", await server.Client.RowsAsync(id, "SELECT count(*) AS n FROM sqlite_schema"));
        Assert.Empty(Directory.GetFiles(server.Engine.TemporaryFolder));
    }

    [Theory]
    [InlineData("upload", "", "format must be \"sql\", \"csv\" or \"sqlite\"")]
    [InlineData("upload", "format=xml", "format must be \"sql\", \"csv\" or \"sqlite\"")]
    [InlineData("upload", "format=csv", "format \"csv\" needs one table; add &table=NAME")]
    [InlineData("upload", "format=csv&table=t&delimiter=ab", "delimiter must be one character, or \"tab\"")]
    [InlineData("upload", "format=csv&table=t&empty_is_null=x", "empty_is_null must be true or false")]
    [InlineData("download", "format=csv", "format \"csv\" needs one table; add &table=NAME")]
    [InlineData("download", "format=csv&table=a&table=b", "format \"csv\" needs one table; add &table=NAME")]
    [InlineData("download", "format=sql&no_data=x", "no_data must be true or false")]
    public async Task A_wrong_wish_is_refused(string route, string query, string message)
    {
        await using var server = await TestServer.StartAsync();
        var id = await server.Client.CreateAsync("shop");

        var reply = await server.Client.SendAsync(route == "upload" ? HttpMethod.Post : HttpMethod.Get,
            $"{server.Client.Databases}/{id}/{route}?{query}");

        Assert.Equal("400/7400 The request is malformed: " + message, reply.Failure);
    }

    [Fact]
    public async Task A_download_that_fails_before_it_began_has_an_envelope()
    {
        await using var server = await TestServer.StartAsync();
        var id = await server.Client.CreateAsync("shop");

        var reply = await server.Client.GetAsync($"{server.Client.Databases}/{id}/download?format=csv&table=nope");

        Assert.Equal(400, (int)reply.Status);
        Assert.Contains("nope", reply.ErrorMessage, StringComparison.Ordinal);
        Assert.Null(reply.ContentHeaders.ContentDisposition);
    }

    [Fact]
    public async Task A_large_download_sees_one_moment_while_writes_go_on()
    {
        await using var server = await TestServer.StartAsync();
        var id = await server.Client.CreateAsync("shop");
        await server.Client.QueryAsync(id, """
            CREATE TABLE t(a INTEGER PRIMARY KEY, b);
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50000)
            INSERT INTO t SELECT i, hex(randomblob(20)) FROM n
            """);

        using var download = await server.Client.Http.SendAsync(Authorized(server, id), HttpCompletionOption.ResponseHeadersRead);
        var write = await server.Client.QueryAsync(id, "DELETE FROM t WHERE a > 10");
        var lines = (await download.Content.ReadAsStringAsync()).TrimEnd().Split('\n');

        Assert.True(write.Success, write.ToString());
        Assert.Equal(50_001, lines.Length);
        Assert.Equal("""[{"n":10}]""", await server.Client.RowsAsync(id, "SELECT count(*) AS n FROM t"));
    }

    [Fact]
    public async Task A_client_that_gives_up_its_upload_changes_nothing_and_leaves_no_file()
    {
        await using var server = await TestServer.StartAsync();
        var id = await server.Client.CreateAsync("shop");
        using var content = new StreamContent(new BreakingStream("CREATE TABLE t(a);\n"u8.ToArray()));

        await Assert.ThrowsAnyAsync<HttpRequestException>(() =>
            server.Client.SendAsync(HttpMethod.Post, $"{server.Client.Databases}/{id}/upload?format=sql", content));

        Assert.Equal("""[{"n":0}]""", await server.Client.RowsAsync(id, "SELECT count(*) AS n FROM sqlite_schema"));
    }

    private static Task<JsonReply> UploadAsync(TestServer server, string id, string query, byte[] bytes) =>
        server.Client.SendAsync(HttpMethod.Post, $"{server.Client.Databases}/{id}/upload?{query}", new ByteArrayContent(bytes));

    private static async Task<HttpResponseMessage> GetAsync(TestServer server, string id, string query)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{server.Client.Databases}/{id}/download?{query}");
        request.Headers.Authorization = new("Bearer", TestServer.Token);
        return (await server.Client.Http.SendAsync(request)).EnsureSuccessStatusCode();
    }

    private static HttpRequestMessage Authorized(TestServer server, string id)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, $"{server.Client.Databases}/{id}/download?format=csv&table=t");
        request.Headers.Authorization = new("Bearer", TestServer.Token);
        return request;
    }

    /// <summary>Gives some bytes and then fails, as a client that goes away.</summary>
    private sealed class BreakingStream(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            Position < Length ? base.ReadAsync(buffer, cancellationToken) : throw new IOException("the client broke");
    }
}
