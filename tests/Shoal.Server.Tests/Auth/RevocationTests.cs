using System.Net.Sockets;
using System.Text;
using Shoal.Engine.Catalog;
using Shoal.TestKit;

namespace Shoal.Server.Tests.Auth;

/// <summary>A token that ends, ends on connections that are open, too.</summary>
public sealed class RevocationTests
{
    private const string Body = """{"sql":"SELECT 7 AS seven"}""";

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_running_connection_ends_with_its_token(bool expires)
    {
        var clock = new ManualTimeProvider();
        await using var server = await TestServer.StartAsync(options => options.TimeProvider = clock);
        var shop = await server.Client.CreateAsync("shop");
        var token = await server.Engine.Tokens.CreateAsync("t", account: null, [], TokenPermission.Read,
            expires ? clock.GetUtcNow().AddMinutes(1) : null);
        var bearer = $"Authorization: Bearer {token.Secret}\r\n";
        (string Path, string Headers, string Refusal)[] ways =
        [
            ($"{server.Client.Databases}/{shop}/query", bearer, "Authentication error"),
            ($"{server.Client.Databases}/{shop}/raw", $"X-Auth-Email: a@example.com\r\nX-Auth-Key: {token.Secret}\r\n",
                "Authentication error"),
            ("/query", bearer + $"X-D1-Database-Id: {shop}\r\n", "unknown, revoked or expired"),
            ($"/binding/{token.Secret}@{shop}/query", "", "unknown, revoked or expired"),
            ($"/mf/{token.Secret}@{shop}", "MF-URL: http://d1/query\r\n", "unknown, revoked or expired"),
        ];
        var connections = ways.Select(_ => new TcpClient(server.Address.Host, server.Address.Port)).ToArray();
        for (var index = 0; index < ways.Length; index++)
        {
            Assert.Contains("seven", await ExchangeAsync(connections[index], ways[index].Path, ways[index].Headers),
                StringComparison.Ordinal);
        }

        if (expires)
        {
            clock.Advance(TimeSpan.FromMinutes(1));
        }
        else
        {
            Assert.True(await server.Engine.Tokens.RevokeAsync(token.Record.Id));
        }

        for (var index = 0; index < ways.Length; index++)
        {
            var answer = await ExchangeAsync(connections[index], ways[index].Path, ways[index].Headers);
            Assert.Contains(ways[index].Refusal, answer, StringComparison.Ordinal);
            Assert.DoesNotContain("seven", answer, StringComparison.Ordinal);
            connections[index].Dispose();
        }
    }

    /// <summary>One request and its answer on a connection that stays open.</summary>
    private static async Task<string> ExchangeAsync(TcpClient connection, string path, string headers)
    {
        var stream = connection.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(
            $"POST {path} HTTP/1.1\r\nHost: shoal\r\n{headers}Content-Length: {Body.Length}\r\n\r\n{Body}"));
        var answer = new StringBuilder();
        var buffer = new byte[4096];
        while (true)
        {
            var count = await stream.ReadAsync(buffer);
            Assert.NotEqual(0, count);
            answer.Append(Encoding.UTF8.GetString(buffer, 0, count));
            var text = answer.ToString();
            var head = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            const string Length = "Content-Length: ";
            if (head > 0 && text.IndexOf(Length, StringComparison.Ordinal) is var at and > 0)
            {
                var digits = text[(at + Length.Length)..text.IndexOf('\r', at)];
                if (text.Length - head - 4 >= int.Parse(digits, System.Globalization.CultureInfo.InvariantCulture))
                {
                    return text;
                }
            }
        }
    }
}
