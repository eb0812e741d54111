using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Shoal.Protocol;
using Shoal.Server.Transfer;
using Shoal.TestKit;
using static Shoal.Server.Tests.Transfer.ImportClient;

namespace Shoal.Server.Tests.Transfer;

/// <summary>Goal: what one database imports and exports does not keep others from it, nor lasts for ever.</summary>
public sealed class TransferFairnessTests
{
    private const string Endless =
        "CREATE TABLE t(a); INSERT INTO t WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n;";

    [Fact]
    public async Task A_client_that_does_not_read_its_download_holds_no_snapshot()
    {
        await using var server = await TestServer.StartAsync();
        var id = await server.Client.CreateAsync("shop");

        // More than the buffers of a connection hold.
        await server.Client.QueryAsync(id, """
            CREATE TABLE t(a INTEGER PRIMARY KEY, b);
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30000)
            INSERT INTO t SELECT i, hex(randomblob(1000)) FROM n
            """);
        using var warm = await DownloadAsync(server, id);
        await warm.Content.ReadAsByteArrayAsync();
        var before = CountOpen(id);

        using var download = await DownloadAsync(server, id);
        var during = CountOpen(id);
        var text = await download.Content.ReadAsStringAsync();

        Assert.Equal(HttpStatusCode.OK, download.StatusCode);
        Assert.Equal(before, during);
        Assert.Equal(30_002, text.TrimEnd().Split('\n').Length);
        Assert.Empty(Directory.GetFiles(server.Engine.TemporaryFolder));
    }

    [Fact]
    public async Task Imports_of_one_database_take_one_turn()
    {
        await using var server = await TestServer.StartAsync(options =>
            options.Transfers = new TransferLimits { RunningMax = 2, PollWait = TimeSpan.Zero });
        var busy = await server.Client.CreateAsync("busy");
        var other = await server.Client.CreateAsync("other");
        var jobs = server.Server.Services.GetRequiredService<TransferJobs>();
        using var running = await jobs.TurnAsync(TransferKind.Import, IdOf(busy), CancellationToken.None);
        var waiting = jobs.TurnAsync(TransferKind.Import, IdOf(busy), CancellationToken.None);

        var done = await ImportAsync(server, other, "CREATE TABLE t(a);");

        Assert.Equal("complete", (string?)done.Result!["status"]);
        Assert.False(waiting.IsCompleted);
        running.Dispose();
        (await waiting).Dispose();
    }

    [Fact]
    public async Task A_statement_of_an_import_ends_after_twenty_times_the_time_of_a_query()
    {
        await using var server = await TestServer.StartAsync(options =>
            options.QueryTimeout = TimeSpan.FromMilliseconds(50));
        var id = await server.Client.CreateAsync("shop");

        var done = await ImportAsync(server, id, Endless);

        Assert.Equal("error", (string?)done.Result!["status"]);
        Assert.Contains("exceeded timeout", (string?)done.Result["error"], StringComparison.Ordinal);
        Assert.Equal("""[{"n":0}]""", await server.Client.RowsAsync(id, "SELECT count(*) AS n FROM sqlite_schema"));
    }

    [Fact]
    public async Task Deleting_a_database_ends_its_imports_and_removes_what_it_exported()
    {
        await using var server = await TestServer.StartAsync(options =>
            options.Transfers = new TransferLimits { PollWait = TimeSpan.Zero });
        var id = await server.Client.CreateAsync("shop");
        var exports = $"{server.Client.Databases}/{id}/export";
        var exported = await server.Client.PostAsync(exports, "{}");
        while ((string?)exported.Result!["status"] == "active")
        {
            exported = await server.Client.PostAsync(exports, $$"""{"current_bookmark":"{{exported.Result["at_bookmark"]}}"}""");
        }

        await IngestAsync(server, id, Endless);
        var deleted = await server.Client.SendAsync(HttpMethod.Delete, $"{server.Client.Databases}/{id}");
        using var download = await server.ClientWith(token: null).Http.GetAsync((string?)exported.Result["signed_url"]);

        Assert.True(deleted.Success, deleted.ToString());
        Assert.Equal(HttpStatusCode.NotFound, download.StatusCode);
    }

    [Fact]
    public async Task An_upload_that_waits_for_its_turn_hears_that_the_database_was_deleted()
    {
        await using var server = await TestServer.StartAsync();
        var id = await server.Client.CreateAsync("shop");
        var jobs = server.Server.Services.GetRequiredService<TransferJobs>();
        using var turn = await jobs.TurnAsync(TransferKind.Import, IdOf(id), CancellationToken.None);
        var upload = server.Client.SendAsync(
            HttpMethod.Post, $"{server.Client.Databases}/{id}/upload?format=sql", new StringContent("SELECT 1;"));
        while (Directory.GetFiles(server.Engine.TemporaryFolder).Length == 0)
        {
            await Task.Yield();
        }

        var deleted = await server.Client.SendAsync(HttpMethod.Delete, $"{server.Client.Databases}/{id}");

        Assert.True(deleted.Success, deleted.ToString());
        Assert.Equal(404, (int)(await upload).Status);
        Assert.Empty(Directory.GetFiles(server.Engine.TemporaryFolder));
    }

    [Fact]
    public async Task What_ended_first_makes_way_for_new_imports_and_exports()
    {
        await using var server = await TestServer.StartAsync(options => options.Transfers = new TransferLimits { JobsMax = 2 });
        for (var index = 0; index < 5; index++)
        {
            var id = await server.Client.CreateAsync($"shop-{index}");

            var done = await ImportAsync(server, id, "CREATE TABLE t(a);");

            Assert.Equal("complete", (string?)done.Result!["status"]);
        }
    }

    [Fact]
    public async Task One_database_has_only_so_many_imports_and_exports()
    {
        await using var server = await TestServer.StartAsync(options =>
            options.Transfers = new TransferLimits { RunningMax = 1, JobsPerDatabaseMax = 2, PollWait = TimeSpan.Zero });
        var id = await server.Client.CreateAsync("shop");
        var other = await server.Client.CreateAsync("other");
        using var turn = await server.TakeTransferTurnAsync();
        var exports = $"{server.Client.Databases}/{id}/export";
        await server.Client.PostAsync(exports, """{"dump_options":{"tables":["a"]}}""");
        await server.Client.PostAsync(exports, """{"dump_options":{"tables":["b"]}}""");

        var refused = await server.Client.PostAsync(exports, """{"dump_options":{"tables":["c"]}}""");
        var same = await server.Client.PostAsync(exports, """{"dump_options":{"tables":["a"]}}""");
        var ofOther = await server.Client.PostAsync($"{server.Client.Databases}/{other}/export", "{}");

        Assert.Equal(429, (int)refused.Status);
        Assert.Contains("of this database", refused.ErrorMessage, StringComparison.Ordinal);
        Assert.Equal((202, 202), ((int)same.Status, (int)ofOther.Status));
    }

    [Fact]
    public async Task Uploads_that_never_arrive_are_in_nobodys_way()
    {
        await using var server = await TestServer.StartAsync(options =>
            options.Transfers = new TransferLimits { UploadsMax = 4, UploadsPerDatabaseMax = 3 });
        var id = await server.Client.CreateAsync("shop");
        var other = await server.Client.CreateAsync("other");
        for (var index = 0; index < 10; index++)
        {
            var init = await ActAsync(server, id, new() { ["action"] = "init", ["etag"] = Md5($"{index}") });
            Assert.True(init.Success, init.ToString());
        }

        Assert.Equal("complete", (string?)(await ImportAsync(server, id, "CREATE TABLE t(a);")).Result!["status"]);
        Assert.Equal("complete", (string?)(await ImportAsync(server, other, "CREATE TABLE t(a);")).Result!["status"]);
    }

    [Fact]
    public async Task An_export_that_needs_room_takes_that_of_the_oldest()
    {
        await using var server = await TestServer.StartAsync(options =>
            options.Transfers = new TransferLimits { StoredBytesMax = 500_000 });
        var urls = new List<string>();
        for (var index = 0; index < 3; index++)
        {
            var id = await server.Client.CreateAsync($"shop-{index}");
            await server.Client.QueryAsync(id, "CREATE TABLE t(a); INSERT INTO t VALUES (hex(zeroblob(100000)))");

            var done = await server.Client.PostAsync($"{server.Client.Databases}/{id}/export", "{}");

            Assert.True(done.Result!["signed_url"] is not null, done.ToString());
            urls.Add((string)done.Result["signed_url"]!);
        }

        var client = server.ClientWith(token: null).Http;
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync(urls[0])).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync(urls[1])).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync(urls[2])).StatusCode);
    }

    private static async Task<HttpResponseMessage> DownloadAsync(TestServer server, string id)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{server.Client.Databases}/{id}/download?format=sql");
        request.Headers.Authorization = new("Bearer", TestServer.Token);
        return await server.Client.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    private static DatabaseId IdOf(string id) => DatabaseId.TryParse(id, out var parsed) ? parsed : throw new ArgumentException(id);

    /// <summary>Descriptors of this process that are of a database's file.</summary>
    private static int CountOpen(string id) => Directory.GetFiles("/proc/self/fd").Count(descriptor =>
        new FileInfo(descriptor).LinkTarget is { } path && path.Contains(id, StringComparison.Ordinal));
}
