using System.Buffers.Text;
using System.Text;

namespace Shoal.Load.Http;

/// <summary>Finds the end of one HTTP/1.1 response in the bytes received so far.</summary>
/// <remarks>Knows Content-Length and chunked bodies, and nothing that a load generator does not need.</remarks>
internal static class ResponseReader
{
    /// <summary>Looks at a response that starts at the first byte.</summary>
    /// <param name="bytes">What has arrived.</param>
    /// <param name="response">The response, once complete.</param>
    public static ResponseStatus Read(ReadOnlySpan<byte> bytes, out Response response)
    {
        response = default;
        var headEnd = bytes.IndexOf("\r\n\r\n"u8);
        if (headEnd < 0)
        {
            return ResponseStatus.Incomplete;
        }

        // HTTP/1.1 200 OK
        if (headEnd < 12 || !bytes.StartsWith("HTTP/1.1 "u8) || !Utf8Parser.TryParse(bytes[9..12], out int code, out _))
        {
            return ResponseStatus.Malformed;
        }

        var bodyStart = headEnd + 4;
        var length = 0L;
        var chunked = false;
        var closes = false;
        var head = bytes[..(headEnd + 2)];
        for (var line = head.IndexOf("\r\n"u8) + 2; line < head.Length;)
        {
            var rest = head[line..];
            var lineLength = rest.IndexOf("\r\n"u8);
            var header = rest[..lineLength];
            if (HasName(header, "content-length:"u8))
            {
                if (!Utf8Parser.TryParse(header[15..].Trim((byte)' '), out length, out _) || length < 0)
                {
                    return ResponseStatus.Malformed;
                }
            }
            else if (HasName(header, "transfer-encoding:"u8))
            {
                chunked = header.EndsWith("chunked"u8);
            }
            else if (HasName(header, "connection:"u8))
            {
                closes = header.EndsWith("close"u8);
            }

            line += lineLength + 2;
        }

        if (chunked)
        {
            return ReadChunks(bytes, bodyStart, code, closes, out response);
        }

        if (bytes.Length - bodyStart < length)
        {
            return ResponseStatus.Incomplete;
        }

        response = new Response(code, bodyStart, bodyStart + (int)length, closes);
        return ResponseStatus.Complete;
    }

    private static ResponseStatus ReadChunks(
        ReadOnlySpan<byte> bytes, int bodyStart, int code, bool closes, out Response response)
    {
        response = default;
        var position = bodyStart;
        while (true)
        {
            var rest = bytes[position..];
            var lineLength = rest.IndexOf("\r\n"u8);
            if (lineLength < 0)
            {
                return ResponseStatus.Incomplete;
            }

            if (!Utf8Parser.TryParse(rest[..lineLength], out int size, out _, 'x') || size < 0)
            {
                return ResponseStatus.Malformed;
            }

            position += lineLength + 2 + size + 2;
            if (position > bytes.Length)
            {
                return ResponseStatus.Incomplete;
            }

            if (size == 0)
            {
                response = new Response(code, bodyStart, position, closes);
                return ResponseStatus.Complete;
            }
        }
    }

    private static bool HasName(ReadOnlySpan<byte> header, ReadOnlySpan<byte> name) =>
        header.Length > name.Length && Ascii.EqualsIgnoreCase(header[..name.Length], name);

    /// <summary>A complete response.</summary>
    /// <param name="Code">The HTTP status.</param>
    /// <param name="BodyStart">Where the body starts, chunk lines included.</param>
    /// <param name="End">Where the response ends.</param>
    /// <param name="Closes">Whether the server is about to close the connection.</param>
    internal readonly record struct Response(int Code, int BodyStart, int End, bool Closes);
}
