using System.Text;
using Shoal.Load.Http;

namespace Shoal.Load.Tests.Http;

public sealed class ResponseReaderTests
{
    private const string WithLength = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX: y\r\n\r\nhello";
    private const string Chunked =
        "HTTP/1.1 404 Not Found\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n1a;x=1\r\nabcdefghijklmnopqrstuvwxyz\r\n0\r\n\r\n";

    [Theory]
    [InlineData(WithLength, 200)]
    [InlineData(Chunked, 404)]
    public void A_response_is_complete_with_its_last_byte_and_not_before(string text, int code)
    {
        var bytes = Encoding.ASCII.GetBytes(text);
        for (var length = 0; length < bytes.Length; length++)
        {
            Assert.Equal(ResponseStatus.Incomplete, ResponseReader.Read(bytes.AsSpan(0, length), out _));
        }

        Assert.Equal(ResponseStatus.Complete, ResponseReader.Read(bytes, out var response));
        Assert.Equal(code, response.Code);
        Assert.Equal(bytes.Length, response.End);
        Assert.False(response.Closes);
    }

    [Fact]
    public void A_response_without_body_ends_with_its_head() =>
        Assert.Equal(ResponseStatus.Complete, ResponseReader.Read("HTTP/1.1 204 No Content\r\n\r\n"u8, out _));

    [Fact]
    public void The_server_may_announce_that_it_closes()
    {
        ResponseReader.Read("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"u8, out var response);
        Assert.True(response.Closes);
    }

    [Theory]
    [InlineData("SSH-2.0-OpenSSH\r\n\r\n")]
    [InlineData("HTTP/1.1 abc\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")]
    public void What_is_not_http_is_told(string text) =>
        Assert.Equal(ResponseStatus.Malformed, ResponseReader.Read(Encoding.ASCII.GetBytes(text), out _));
}
