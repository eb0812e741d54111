using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Shoal.Server.Http;

/// <summary>A request's body as one piece of rented memory.</summary>
/// <remarks>Owns: the memory, from reading to <see cref="Dispose"/>; it may be read into again after that.</remarks>
internal sealed class RequestBody(MemoryBudget? budget = null) : IDisposable
{
    /// <summary>The largest JSON document of routes that do not carry data.</summary>
    private const int DocumentBytesMax = 1024 * 1024;

    /// <summary>What is rented before the client has sent anything: a length it only announces costs no memory.</summary>
    private const int FirstRentBytesMax = 64 * 1024;

    private byte[] _bytes = [];
    private int _length;
    private long _taken;

    /// <summary>The bytes, without a byte order mark.</summary>
    public Memory<byte> Memory
    {
        get
        {
            var all = _bytes.AsMemory(0, _length);
            return all.Span.StartsWith("\uFEFF"u8) ? all[3..] : all;
        }
    }

    /// <summary>Reads a small JSON document.</summary>
    public static async ValueTask<T> ReadJsonAsync<T>(HttpRequest request, JsonTypeInfo<T> type)
    {
        var limit = request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>();
        if (limit is { IsReadOnly: false } && !(limit.MaxRequestBodySize <= DocumentBytesMax))
        {
            limit.MaxRequestBodySize = DocumentBytesMax;
        }

        using var body = new RequestBody();
        await body.ReadAsync(request);
        try
        {
            return JsonSerializer.Deserialize(body.Memory.Span, type)
                ?? throw RequestException.Malformed("the body must be a JSON object, it is null");
        }
        catch (JsonException error)
        {
            throw RequestException.Malformed(DescribeJson(error));
        }
    }

    /// <summary>What is wrong with a document, without .NET's type names.</summary>
    public static string DescribeJson(JsonException error) =>
        error.Path is { Length: > 1 }
            ? $"{error.Path.TrimStart('$', '.')} has the wrong type or form"
            : $"the body is not a valid JSON object (line {(error.LineNumber ?? 0) + 1}, byte {(error.BytePositionInLine ?? 0) + 1})";

    /// <summary>Reads all of a request's body; the server's limit on bodies has been set on the connection.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask ReadAsync(HttpRequest request)
    {
        if (request.Headers.ContentEncoding is { Count: > 0 } encoding && encoding != "identity")
        {
            throw new RequestException(RequestErrorKind.EncodingNotSupported,
                "The request is malformed: compressed bodies are not supported; send it without Content-Encoding.");
        }

        _length = 0;
        var reader = request.BodyReader;
        while (true)
        {
            var result = await reader.ReadAsync(request.HttpContext.RequestAborted);
            var buffer = result.Buffer;
            try
            {
                Reserve((int)buffer.Length, request.ContentLength);
                buffer.CopyTo(_bytes.AsSpan(_length));
                _length += (int)buffer.Length;
            }
            finally
            {
                // Also when it is refused: Kestrel reads the rest, and can not while this piece is still held.
                reader.AdvanceTo(buffer.End);
            }

            if (result.IsCompleted)
            {
                return;
            }
        }
    }

    public void Dispose()
    {
        if (_bytes.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_bytes);
            _bytes = [];
            _length = 0;
            budget?.Return(_taken);
            _taken = 0;
        }
    }

    private void Reserve(int more, long? announced)
    {
        if (_bytes.Length - _length >= more)
        {
            return;
        }

        var wanted = Math.Max(_length + more, Math.Min((long)_bytes.Length * 2, int.MaxValue / 2));
        if (announced is { } total)
        {
            wanted = Math.Max(wanted, Math.Min(total, FirstRentBytesMax));
        }

        if (wanted > FirstRentBytesMax && budget is not null)
        {
            var missing = wanted - _taken;
            if (!budget.TryTake(missing))
            {
                throw new RequestException(RequestErrorKind.Overloaded,
                    "D1 DB is overloaded. Requests queued for too long.");
            }

            _taken += missing;
        }

        var larger = ArrayPool<byte>.Shared.Rent((int)wanted);
        _bytes.AsSpan(0, _length).CopyTo(larger);
        if (_bytes.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_bytes);
        }

        _bytes = larger;
    }
}
