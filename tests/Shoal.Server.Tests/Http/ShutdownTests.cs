using System.Net.Sockets;
using System.Text;
using Shoal.TestKit;

namespace Shoal.Server.Tests.Http;

public sealed class ShutdownTests
{
    [Fact]
    public async Task A_request_that_has_begun_is_finished_before_the_server_stops()
    {
        await using var server = await TestServer.StartAsync();
        var id = await server.Client.CreateAsync("shop");
        await server.Client.QueryAsync(id, "CREATE TABLE t(a)");
        const string body = """{"sql":"INSERT INTO t VALUES (1) RETURNING a"}""";
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(server.Address.Host, server.Address.Port);
        await using var stream = new NetworkStream(socket);
        await stream.WriteAsync(Head(server, id, body.Length, expectContinue: true));

        // The server asks for the body only when the request has reached its handler: now it is in progress.
        Assert.StartsWith("HTTP/1.1 100", await ReadPieceAsync(stream), StringComparison.Ordinal);
        var stopping = server.Server.DisposeAsync().AsTask();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(body));
        var reply = await ReadPieceAsync(stream);
        await stopping;

        Assert.StartsWith("HTTP/1.1 200", reply, StringComparison.Ordinal);
        Assert.Contains("""[{"a":1}]""", reply, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_that_goes_away_in_the_middle_of_its_body_leaves_nothing_behind()
    {
        await using var server = await TestServer.StartAsync();
        var id = await server.Client.CreateAsync("shop");
        await server.Client.QueryAsync(id, "CREATE TABLE t(a)");
        for (var round = 0; round < 20; round++)
        {
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(server.Address.Host, server.Address.Port);
            await using var stream = new NetworkStream(socket);
            await stream.WriteAsync(Head(server, id, bodyBytes: 100, expectContinue: true));
            Assert.StartsWith("HTTP/1.1 100", await ReadPieceAsync(stream), StringComparison.Ordinal);
            await stream.WriteAsync(Encoding.ASCII.GetBytes("{\"sql\":\"INSERT INTO t VALUES (1)\"}"));
            socket.LingerState = new LingerOption(enable: true, seconds: 0);
        }

        Assert.Equal("""[{"n":0}]""", await server.Client.RowsAsync(id, "SELECT count(*) AS n FROM t"));
    }

    [Fact]
    public async Task A_client_that_goes_away_without_reading_its_reply_harms_nobody()
    {
        await using var server = await TestServer.StartAsync();
        var id = await server.Client.CreateAsync("shop");
        const string body = """
            {"sql":"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000) SELECT i, 'some text' FROM n"}
            """;
        for (var round = 0; round < 4; round++)
        {
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 1024 };
            await socket.ConnectAsync(server.Address.Host, server.Address.Port);
            await using var stream = new NetworkStream(socket);
            await stream.WriteAsync(Head(server, id, body.Length, expectContinue: false));
            await stream.WriteAsync(Encoding.ASCII.GetBytes(body));
            await stream.ReadExactlyAsync(new byte[100]);
            socket.LingerState = new LingerOption(enable: true, seconds: 0);
        }

        Assert.Equal("""[{"a":1}]""", await server.Client.RowsAsync(id, "SELECT 1 AS a"));
    }

    [Fact]
    public async Task Stopping_twice_is_harmless_and_frees_the_data_folder()
    {
        using var folder = new TempFolder();
        await using (var server = await TestServer.StartAsync(options => options.DataFolder = folder.Combine("data")))
        {
            await server.Server.DisposeAsync();
            await server.Server.DisposeAsync();
        }

        await using var again = await TestServer.StartAsync(options => options.DataFolder = folder.Combine("data"));

        Assert.Equal(200, (int)(await again.Client.GetAsync("/health")).Status);
    }

    private static byte[] Head(TestServer server, string id, int bodyBytes, bool expectContinue) => Encoding.ASCII.GetBytes(
        $"POST {server.Client.Databases}/{id}/query HTTP/1.1\r\nHost: {server.Address.Authority}\r\n"
        + $"Authorization: Bearer {TestServer.Token}\r\nContent-Length: {bodyBytes}\r\n"
        + (expectContinue ? "Expect: 100-continue\r\n" : "") + "\r\n");

    private static async Task<string> ReadPieceAsync(NetworkStream stream)
    {
        var piece = new byte[8192];
        var count = await stream.ReadAsync(piece);
        return Encoding.UTF8.GetString(piece, 0, count);
    }
}
