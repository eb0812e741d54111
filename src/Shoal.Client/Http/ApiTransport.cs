using System.Buffers;
using System.Net.Http.Headers;
using Microsoft.Extensions.Logging;
using Shoal.Client.Channels;
using Shoal.Client.Retry;
using Shoal.Protocol.Http;

namespace Shoal.Client.Http;

/// <summary>Sends requests and repeats those that may be repeated.</summary>
/// <remarks>Thread: safe.</remarks>
internal sealed class ApiTransport(Func<HttpClient> http, ShoalClientOptions options)
{
    private readonly ILogger _log = options.LoggerFactory.CreateLogger<ShoalClient>();
    private readonly RetryPolicy _policy = new(options.Retry);
    private readonly TimeProvider _time = options.TimeProvider;
    private readonly string _root = options.Address.ToString().TrimEnd('/')
        + "/client/v4/accounts/" + Uri.EscapeDataString(options.Account) + "/";

    /// <summary>Sends until it succeeds, or may not be sent again.</summary>
    /// <exception cref="ShoalException">The last attempt's failure, with what the others left open.</exception>
    public Task<ReplyBody> SendAsync(ApiCall call, CancellationToken cancellation) =>
        RepeatAsync(call, token => SendOnceAsync(call, token), cancellation);

    /// <summary>The same, up to the head of the reply; whoever gets it reads the rest.</summary>
    public Task<RowStream> OpenAsync(ApiCall call, CancellationToken cancellation) =>
        RepeatAsync(call, token => OpenOnceAsync(call, token), cancellation);

    private async Task<T> RepeatAsync<T>(ApiCall call, Func<CancellationToken, Task<T>> once, CancellationToken cancellation)
    {
        if (call.Body is { } body && body.Length > options.EffectiveLimits.BodyBytesMax)
        {
            throw ApiErrors.Refused($"the request is {body.Length} bytes long, more than the target takes "
                + $"({options.EffectiveLimits.BodyBytesMax})", "send less at once, or use a bulk writer", call.Database);
        }

        var attempts = new Attempts(_policy, _time, _log, call.Database, call.IsRepeatable, call.IsOnce);
        while (true)
        {
            ShoalException error;
            try
            {
                var reply = await once(cancellation).ConfigureAwait(false);
                call.Body?.Recycle();
                return reply;
            }
            catch (ShoalException failure)
            {
                error = failure;
            }

            await attempts.WaitAfterAsync(error, cancellation).ConfigureAwait(false);
        }
    }

    private async Task<ReplyBody> SendOnceAsync(ApiCall call, CancellationToken cancellation)
    {
        using var timeout = new CancellationTokenSource(options.Timeout, _time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellation, timeout.Token);
        var client = http();
        try
        {
            using var response = await ResponseAsync(client, call, linked.Token).ConfigureAwait(false);
            return await ReadAsync(response, call, linked.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException error) when (!cancellation.IsCancellationRequested)
        {
            // Either our own limit or that of the HttpClient we were given.
            throw ApiErrors.OfTimeout(timeout.IsCancellationRequested ? options.Timeout : client.Timeout, call, error);
        }
        catch (Exception error) when (error is HttpRequestException or IOException)
        {
            throw ApiErrors.OfTransport(error, call);
        }
    }

    private async Task<RowStream> OpenOnceAsync(ApiCall call, CancellationToken cancellation)
    {
        using var timeout = new CancellationTokenSource(options.Timeout, _time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellation, timeout.Token);
        var client = http();
        try
        {
            var response = await ResponseAsync(client, call, linked.Token).ConfigureAwait(false);
            var stream = await response.Content.ReadAsStreamAsync(linked.Token).ConfigureAwait(false);
            return new HttpRowStream(response, stream, call, options);
        }
        catch (OperationCanceledException error) when (!cancellation.IsCancellationRequested)
        {
            throw ApiErrors.OfTimeout(timeout.IsCancellationRequested ? options.Timeout : client.Timeout, call, error);
        }
        catch (Exception error) when (error is HttpRequestException or IOException)
        {
            throw ApiErrors.OfTransport(error, call);
        }
    }

    /// <summary>A reply that says success, its body still to be read.</summary>
    private async Task<HttpResponseMessage> ResponseAsync(HttpClient client, ApiCall call, CancellationToken cancellation)
    {
        using var request = Request(call);
        var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation)
            .ConfigureAwait(false);
        if (response.IsSuccessStatusCode)
        {
            if (call.Session is { } session && response.Headers.TryGetValues(WireHeader.SessionCommitToken, out var tokens))
            {
                session.Seen(tokens.FirstOrDefault());
            }

            return response;
        }

        using (response)
        {
            using var reply = await ReadAsync(response, call, cancellation).ConfigureAwait(false);
            throw ApiErrors.OfReply(response, reply.Memory.Span, call, options.Target);
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
            if (call.Session is { } session)
            {
                request.Headers.TryAddWithoutValidation(WireHeader.SessionCommitToken, session.Token);
            }
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
                throw ApiErrors.ReplyTooLarge(options.ReplyBytesMax, call.Database);
            }

            // One more than announced, so that the end is seen without growing.
            var bytes = ArrayPool<byte>.Shared.Rent((int)(announced ?? 4096) + 1);
            var length = 0;
            while (true)
            {
                var count = await stream.ReadAsync(bytes.AsMemory(length), cancellation).ConfigureAwait(false);
                if (count == 0)
                {
                    return new ReplyBody(bytes, length);
                }

                length += count;
                if (length > options.ReplyBytesMax)
                {
                    throw ApiErrors.ReplyTooLarge(options.ReplyBytesMax, call.Database);
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
}
