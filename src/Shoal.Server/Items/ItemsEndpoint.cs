using System.Buffers;
using System.Globalization;
using System.Net.Mime;
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Shoal.Engine;
using Shoal.Items;
using Shoal.Server.Http;
using Shoal.Server.Items.Auth;
using Shoal.Server.Items.Shapes;
using Shoal.Server.Items.Wire;

namespace Shoal.Server.Items;

/// <summary>DynamoDB's protocol: every request enters here.</summary>
/// <remarks>
/// The order of checks is DynamoDB's: content type, JSON, operation, signature, types, constraints, and then what the operation
/// itself looks at.
/// </remarks>
internal sealed class ItemsEndpoint(ItemsDatabases databases, ServerOptions options, MemoryBudget budget, ItemsMeter meter,
    ILogger<ItemsEndpoint> logger)
{
    private const string AmazonJson = "application/x-amz-json-1.0";
    private const string IdCharacters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    private const int IdLength = 52;

    /// <summary>Largest request. Source: DynamoDB's limit of BatchWriteItem.</summary>
    private const int BodyBytesMax = 16 * 1024 * 1024;

    /// <summary>An item of 32 levels takes two levels of JSON each, in a batch some more.</summary>
    private static readonly JsonDocumentOptions JsonOptions = new() { MaxDepth = 256 };

    private static readonly JsonWriterOptions WriterOptions = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    public async Task HandleAsync(HttpContext http)
    {
        var request = new ItemsRequest();
        var started = options.TimeProvider.GetTimestamp();
        meter.Started();
        try
        {
            await HandleAsync(http, request, started);
        }
        finally
        {
            meter.Completed(request, http.Request.Method, http.Response.StatusCode, options.TimeProvider.GetElapsedTime(started));
        }
    }

    private async Task HandleAsync(HttpContext http, ItemsRequest request, long started)
    {
        using var body = new RequestBody(budget);
        DynamoException? refusal = null;
        try
        {
            if (!await TryReadAsync(http.Request, body))
            {
                // Without a length, so that the reply is empty and chunked, as DynamoDB's.
                http.Response.StatusCode = StatusCodes.Status413PayloadTooLarge;
                await http.Response.StartAsync();
                return;
            }
        }
        catch (RequestException error)
        {
            refusal = error.Kind == RequestErrorKind.Overloaded ? ItemsErrors.Overloaded() : DynamoException.Serialization(error.Message);
        }

        http.Response.Headers["x-amzn-RequestId"] = RandomNumberGenerator.GetString(IdCharacters, IdLength);
        if (await TryReplyPlainAsync(http, body.Memory.Length))
        {
            return;
        }

        var contentType = ContentTypeOf(http.Request) == AmazonJson ? AmazonJson : MediaTypeNames.Application.Json;
        var output = new ArrayBufferWriter<byte>(512);
        var status = StatusCodes.Status200OK;
        try
        {
            await (refusal is null ? RunAsync(http, request, body.Memory, output) : Task.FromException(refusal));
            request.IsDone = true;
        }
        catch (Exception error) when (error is not OperationCanceledException || !http.RequestAborted.IsCancellationRequested)
        {
            var failure = Describe(error, http);
            output.ResetWrittenCount();
            WriteError(output, failure);
            status = failure.Status;
        }

        // Before the reply: whoever has it finds the request in usage.
        meter.Count(request, output.WrittenCount, options.TimeProvider.GetElapsedTime(started));
        await SendAsync(http, status, contentType, output.WrittenMemory);
    }

    /// <summary>Reads a request; false when it is too large.</summary>
    /// <remarks>What is too large is read and thrown away: many clients look at the reply only when they have sent everything.</remarks>
    private static async ValueTask<bool> TryReadAsync(HttpRequest request, RequestBody body)
    {
        if (request.ContentLength > BodyBytesMax)
        {
            await request.Body.CopyToAsync(Stream.Null, request.HttpContext.RequestAborted);
            return false;
        }

        await body.ReadAsync(request);
        return body.Memory.Length <= BodyBytesMax;
    }

    /// <summary>CORS, the health check, and what is no request of the protocol at all.</summary>
    private static async ValueTask<bool> TryReplyPlainAsync(HttpContext http, int bodyLength)
    {
        var (request, response) = (http.Request, http.Response);
        if (request.Headers.Origin.Count > 0)
        {
            response.Headers.AccessControlAllowOrigin = "*";
            if (HttpMethods.IsOptions(request.Method))
            {
                if (request.Headers.AccessControlRequestHeaders is { Count: > 0 } headers)
                {
                    response.Headers.AccessControlAllowHeaders = headers;
                }

                if (request.Headers.AccessControlRequestMethod is { Count: > 0 } method)
                {
                    response.Headers.AccessControlAllowMethods = method;
                }

                response.Headers.AccessControlMaxAge = "172800";
                response.ContentLength = 0;
                return true;
            }
        }

        if (HttpMethods.IsGet(request.Method))
        {
            await SendAsync(http, StatusCodes.Status200OK, contentType: null, "healthy: dynamodb.us-east-1.amazonaws.com "u8.ToArray());
            return true;
        }

        if (!HttpMethods.IsPost(request.Method)
            || (bodyLength > 0 && ContentTypeOf(request) is not (AmazonJson or MediaTypeNames.Application.Json)))
        {
            await SendAsync(http, StatusCodes.Status404NotFound, contentType: null, "<UnknownOperationException/>\n"u8.ToArray());
            return true;
        }

        return false;
    }

    private static string ContentTypeOf(HttpRequest request) => (request.ContentType ?? "").Split(';')[0].Trim();

    private static async Task SendAsync(HttpContext http, int status, string? contentType, ReadOnlyMemory<byte> body)
    {
        http.Response.StatusCode = status;
        http.Response.Headers["x-amz-crc32"] = Crc32.Compute(body.Span).ToString(CultureInfo.InvariantCulture);
        if (contentType is not null)
        {
            http.Response.ContentType = contentType;
        }

        http.Response.ContentLength = body.Length;
        await http.Response.BodyWriter.WriteAsync(body, http.RequestAborted);
    }

    private async Task RunAsync(HttpContext http, ItemsRequest request, ReadOnlyMemory<byte> body, ArrayBufferWriter<byte> output)
    {
        using var document = Parse(body);
        var operation = ItemsOperations.Find(http.Request.Headers["X-Amz-Target"].ToString(), out var name)
            ?? throw DynamoException.UnknownOperation();
        request.Operation = name;
        var (key, region) = Admit(http, body.Span);
        request.Key = key;
        if (document?.RootElement is not { ValueKind: JsonValueKind.Object } members)
        {
            throw DynamoException.Serialization(document is null ? null : "Unexpected field type");
        }

        TypeCheck.Run(members, operation.Shape);
        ConstraintCheck.Run(members, operation.Shape);
        var database = await databases.FindAsync(key, http.RequestAborted);
        request.Database = database;
        using var json = new Utf8JsonWriter(output, WriterOptions);
        json.WriteStartObject();
        if (name == "DescribeEndpoints")
        {
            WriteEndpoints(json, http.Request.Host.Value ?? "");
        }

        await operation.RunAsync(new ItemsCall
        {
            Database = database,
            Request = new RequestReader(members),
            Region = region,
            Json = json,
            Kick = () => databases.Kick(database),
            Aborted = http.RequestAborted,
            Costs = request.Costs,
        });
        json.WriteEndObject();
        json.Flush();
        if (operation.IsSilent)
        {
            output.ResetWrittenCount();
        }
    }

    private static void WriteEndpoints(Utf8JsonWriter json, string host)
    {
        json.WriteStartArray("Endpoints"u8);
        json.WriteStartObject();
        json.WriteString("Address"u8, host);
        json.WriteNumber("CachePeriodInMinutes"u8, 1440);
        json.WriteEndObject();
        json.WriteEndArray();
    }

    private static JsonDocument? Parse(ReadOnlyMemory<byte> body)
    {
        try
        {
            return body.IsEmpty ? null : JsonDocument.Parse(body, JsonOptions);
        }
        catch (JsonException)
        {
            throw DynamoException.Serialization(message: null);
        }
    }

    /// <summary>Whose items, and the region the client signed for.</summary>
    private (ItemsAccessKey? Key, string Region) Admit(HttpContext http, ReadOnlySpan<byte> body)
    {
        if (options.ItemsAuth == ItemsAuthMode.None)
        {
            try
            {
                var unchecked_ = SignedRequest.Read(http.Request);
                return (databases.FindKey(unchecked_.AccessKey), unchecked_.Region);
            }
            catch (DynamoException)
            {
                return (null, "us-east-1");
            }
        }

        var signed = SignedRequest.Read(http.Request);
        var key = databases.FindKey(signed.AccessKey);
        if (options.ItemsAuth == ItemsAuthMode.Verify)
        {
            // A key that is not known costs as much as a wrong signature.
            SignatureCheck.Run(http.Request, body, signed, key?.Secret ?? "", options.TimeProvider.GetUtcNow(), isKnown: key is not null);
        }

        return (key, signed.Region);
    }

    private DynamoException Describe(Exception error, HttpContext http)
    {
        switch (error)
        {
            case DynamoException known:
                return known;
            case ItemException item:
                return ItemsErrors.Of(item);
            case EngineException engine:
                var mapped = ItemsErrors.Of(engine);
                if (mapped.Status >= StatusCodes.Status500InternalServerError)
                {
                    logger.ItemsRequestFailed(engine, engine.Kind);
                }

                return mapped;
            case InvalidOperationException when error.Source?.StartsWith("System.Text.Json", StringComparison.Ordinal) is true:
                // Half of a surrogate pair, which JSON can write and no text can hold.
                return DynamoException.Serialization("Invalid UTF-16 surrogate in a string");
            default:
                // A boundary: a defect in one request must not take the connection's other requests down.
                var reference = http.Response.Headers["x-amzn-RequestId"].ToString();
                logger.ItemsRequestDefect(error, reference);
                return ItemsErrors.Internal($"internal error; reference = {reference}");
        }
    }

    private static void WriteError(ArrayBufferWriter<byte> output, DynamoException error)
    {
        using var json = new Utf8JsonWriter(output, WriterOptions);
        json.WriteStartObject();
        json.WriteString("__type"u8, error.Type);
        if (error.Text is { } text)
        {
            json.WriteString(error.MessageMember, text);
        }

        error.WriteMore?.Invoke(json);
        json.WriteEndObject();
    }
}
