using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Shoal.Protocol.Http;

namespace Shoal.Server.Http;

/// <summary>Writes JSON replies.</summary>
internal static class Reply
{
    /// <summary>The content type of every JSON reply, as D1 writes it.</summary>
    public static readonly StringValues JsonContentType = new("application/json; charset=UTF-8");

    private static readonly JsonWriterOptions WriterOptions = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    /// <summary>A successful reply with status 200.</summary>
    public static ValueTask OkAsync<T>(Exchange exchange, T result, JsonTypeInfo<Envelope<T>> type,
        ResultInfo? resultInfo = null, int status = StatusCodes.Status200OK) =>
        JsonAsync(exchange.Http, status, new Envelope<T> { Result = result, ResultInfo = resultInfo }, type);

    /// <summary>Any JSON document.</summary>
    public static async ValueTask JsonAsync<T>(HttpContext http, int status, T document, JsonTypeInfo<T> type)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(document, type);
        await BytesAsync(http, status, body);
    }

    /// <summary>A failure in D1's envelope, members in D1's order, or in the shape that bindings expect.</summary>
    public static async Task ErrorAsync(HttpContext http, ErrorReply error, FailureShape shape)
    {
        var headers = http.Response.Headers;
        headers[WireHeader.D1Error] = string.Create(CultureInfo.InvariantCulture, $"err={error.Code}");
        headers.CacheControl = "no-cache";
        headers.XContentTypeOptions = "nosniff";
        if (error.RetryAfterSeconds > 0)
        {
            headers.RetryAfter = error.RetryAfterSeconds.ToString(CultureInfo.InvariantCulture);
        }

        var status = shape == FailureShape.Binding ? StatusCodes.Status200OK : error.Status;
        var body = shape is FailureShape.Binding or FailureShape.BindingStatus
            ? BindingFailure(error)
            : Envelope(error, emptyArray: shape == FailureShape.EnvelopeWithArray);
        await BytesAsync(http, status, body);
    }

    private static byte[] Envelope(ErrorReply error, bool emptyArray) => Json(json =>
    {
        json.WriteStartArray("messages"u8);
        json.WriteEndArray();
        json.WritePropertyName("result"u8);
        json.WriteRawValue(emptyArray ? "[]"u8 : "null"u8, skipInputValidation: true);
        json.WriteBoolean("success"u8, value: false);
        json.WriteStartArray("errors"u8);
        json.WriteStartObject();
        json.WriteNumber("code"u8, error.Code);
        json.WriteString("message"u8, error.Message);
        json.WriteEndObject();
        json.WriteEndArray();
    });

    private static byte[] BindingFailure(ErrorReply error) => Json(json =>
    {
        json.WriteBoolean("success"u8, value: false);
        json.WriteString("error"u8, error.Explanation ?? error.Message);
    });

    private static byte[] Json(Action<Utf8JsonWriter> writeMembers)
    {
        using var body = new MemoryStream();
        using (var json = new Utf8JsonWriter(body, WriterOptions))
        {
            json.WriteStartObject();
            writeMembers(json);
            json.WriteEndObject();
        }

        return body.ToArray();
    }

    private static async ValueTask BytesAsync(HttpContext http, int status, ReadOnlyMemory<byte> body)
    {
        http.Response.StatusCode = status;
        http.Response.Headers.ContentType = JsonContentType;
        http.Response.ContentLength = body.Length;
        await http.Response.BodyWriter.WriteAsync(body, http.RequestAborted);
    }
}
