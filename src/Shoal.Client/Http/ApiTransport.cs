using System.Buffers;
using System.Net.Http.Headers;
using Microsoft.Extensions.Logging;
using Shoal.Client.Retry;
using Shoal.Protocol.Http;

namespace Shoal.Client.Http;

/// <summary>Sends requests and repeats those that may be repeated.</summary>
/// <remarks>Thread: safe.</remarks>
internal sealed class ApiTransport(HttpClient http, ShoalClientOptions options)
{
    private readonly ILogger _log = options.LoggerFactory.CreateLogger<ShoalClient>();
    private readonly RetryPolicy _policy = new(options.Retry);
    private readonly TimeProvider _time = options.TimeProvider;
    private readonly string _root = options.Address.ToString().TrimEnd('/')
        + "/client/v4/accounts/" + Uri.EscapeDataString(options.Account) + "/";

    public ShoalClientOptions Options => options;

    /// <summary>Sends until it succeeds, or may not be sent again.</summary>
    /// <exception cref="ShoalException">The last attempt's failure, with what the others left open.</exception>
    public async Task<ReplyBody> SendAsync(ApiCall call, CancellationToken cancellation)
    {
        if (call.Body is { } body && body.Length > options.EffectiveLimits.BodyBytesMax)
        {
            throw ApiErrors.Refused($"the request is {body.Length} bytes long, more than the target takes "
                + $"({options.EffectiveLimits.BodyBytesMax})", "send less at once, or use a bulk writer", call.Database);
        }

        var start = _time.GetTimestamp();
        var open = false;
        for (var attempt = 1; ; attempt++)
        {
            ShoalException error;
            try
            {
                var reply = await SendOnceAsync(call, cancellation).ConfigureAwait(false);
                call.Body?.Recycle();
                return reply;
            }
            catch (ShoalException failure)
            {
                error = failure;
            }

            open |= error.MayHaveBeenApplied;
            if (call.IsOnce || !_policy.TryNext(error, call.IsRepeatable, attempt, _time.GetElapsedTime(start), out var wait))
            {
                throw attempt == 1 ? error : error.After(attempt, open);
            }

            ClientLog.RequestRepeated(_log, call.Database ?? "", attempt, error.Kind, wait);
            await Task.Delay(wait, _time, cancellation).ConfigureAwait(false);
        }
    }

    private async Task<ReplyBody> SendOnceAsync(ApiCall call, CancellationToken cancellation)
    {
        using var timeout = new CancellationTokenSource(options.Timeout, _time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellation, timeout.Token);
        using var request = Request(call);
        try
        {
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, linked.Token)
                .ConfigureAwait(false);
            var reply = await ReadAsync(response, call, linked.Token).ConfigureAwait(false);
            if (response.IsSuccessStatusCode)
            {
                return reply;
            }

            using (reply)
            {
                throw ApiErrors.OfReply(response, reply.Memory.Span, call, options.Target);
            }
        }
        catch (OperationCanceledException error) when (!cancellation.IsCancellationRequested)
        {
            // Either our own limit or that of the HttpClient we were given.
            throw ApiErrors.OfTimeout(timeout.IsCancellationRequested ? options.Timeout : http.Timeout, call, error);
        }
        catch (Exception error) when (error is HttpRequestException or IOException)
        {
            throw ApiErrors.OfTransport(error, call);
        }
    }

    private HttpRequestMessage Request(ApiCall call)
    {
        var request = new HttpRequestMessage(call.Method, _root + call.Path) { Content = call.Body?.ToContent() };
        request.Content?.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        if (options.Token is { } token)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        if (options.Target == ShoalTarget.Shoal)
        {
            request.Headers.TryAddWithoutValidation(WireHeader.Compatibility, "relaxed");
        }

        return request;
    }

    private async Task<ReplyBody> ReadAsync(HttpResponseMessage response, ApiCall call, CancellationToken cancellation)
    {
        var stream = await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            var announced = response.Content.Headers.ContentLength;
            if (announced > options.ReplyBytesMax)
            {
                throw TooLarge(call);
            }

            // One more than announced, so that the end is seen without growing.
            var bytes = ArrayPool<byte>.Shared.Rent((int)(announced ?? 4096) + 1);
            var length = 0;
            while (true)
            {
                var count = await stream.ReadAsync(bytes.AsMemory(length), cancellation).ConfigureAwait(false);
                if (count == 0)
                {
                    return new ReplyBody(bytes, length, call);
                }

                length += count;
                if (length > options.ReplyBytesMax)
                {
                    throw TooLarge(call);
                }

                if (length == bytes.Length)
                {
                    var larger = ArrayPool<byte>.Shared.Rent(length * 2);
                    bytes.AsSpan(0, length).CopyTo(larger);
                    ArrayPool<byte>.Shared.Return(bytes);
                    bytes = larger;
                }
            }
        }
    }

    private ShoalException TooLarge(ApiCall call) =>
        new(ShoalErrorKind.InvalidRequest, $"the reply is larger than {options.ReplyBytesMax} bytes")
        {
            Database = call.Database,
            Hint = "select fewer rows or columns, or use LIMIT",
            MayHaveBeenApplied = true,
        };
}
