using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Shoal.Engine;
using Shoal.Protocol.Http;
using Shoal.Server.Auth;
using Shoal.Server.Metrics;

namespace Shoal.Server.Http;

/// <summary>Every request enters here: find the route, admit the caller, run the handler, turn failures into replies.</summary>
internal sealed class Router(
    RouteTable table,
    Gatekeeper gatekeeper,
    ServerMetrics metrics,
    ILogger<Router> logger)
{
    private readonly RouteTree _tree = new(table.Routes);

    public Task HandleAsync(HttpContext http)
    {
        var started = Stopwatch.GetTimestamp();
        metrics.RequestStarted();
        var path = http.Request.Path.Value ?? "/";
        var match = _tree.Find(http.Request.Method, path);
        if (match.Route is null)
        {
            return MeasureAsync(http, ServerMetrics.NoRoute, started,
                Reply.ErrorAsync(http, ErrorMapping.Of(NoRoute(http, match)), FailureShape.Envelope));
        }

        return MeasureAsync(http, match.Route.Pattern, started, RunAsync(new Exchange(http, path, match)));
    }

    private async Task MeasureAsync(HttpContext http, string route, long started, Task run)
    {
        try
        {
            await run;
        }
        finally
        {
            metrics.RequestCompleted(http.Request.Method, route, http.Response.StatusCode, Stopwatch.GetElapsedTime(started));
        }
    }

    private async Task RunAsync(Exchange exchange)
    {
        ErrorReply reply;
        var failedItem = -1;
        try
        {
            gatekeeper.Admit(exchange);
            await exchange.Route.Handler(exchange);
            return;
        }
        catch (RequestException error)
        {
            reply = ErrorMapping.Of(error);
        }
        catch (EngineException error)
        {
            reply = ErrorMapping.Of(error);
            failedItem = error is SqlException { Position.Item: var item } ? item : -1;
            if (reply.Status >= StatusCodes.Status500InternalServerError)
            {
                logger.RequestFailed(error, exchange.Route.Pattern, error.Kind);
            }
        }
        catch (BadHttpRequestException error)
        {
            reply = ErrorMapping.Of(ErrorMapping.Of(error));
        }
        catch (Exception error) when (ClientIsGone(error, exchange.Http))
        {
            logger.ClientGone(exchange.Route.Pattern);
            return;
        }
#pragma warning disable CA1031 // a boundary: a defect in one request must not take the connection's other requests down
        catch (Exception error)
#pragma warning restore CA1031
        {
            var reference = RandomNumberGenerator.GetHexString(16, lowercase: true);
            logger.RequestDefect(error, exchange.Route.Pattern, reference);
            reply = ErrorMapping.Of(new RequestException(RequestErrorKind.Internal,
                $"internal error; reference = {reference}"));
        }

        if (exchange.Http.Response.HasStarted)
        {
            // Half a reply is on its way: cut it, so that the client cannot take it for a whole one.
            exchange.Http.Abort();
            return;
        }

        exchange.Http.Response.Clear();
        if (failedItem >= 0)
        {
            exchange.Http.Response.Headers[WireHeader.FailedStatement] = failedItem.ToString(CultureInfo.InvariantCulture);
        }

        await Reply.ErrorAsync(exchange.Http, reply, exchange.Failure);
    }

    private static bool ClientIsGone(Exception error, HttpContext http) =>
        error is ConnectionAbortedException or ConnectionResetException
        || (error is OperationCanceledException or IOException && http.RequestAborted.IsCancellationRequested);

    private static RequestException NoRoute(HttpContext http, in RouteMatch match)
    {
        if (match.Allowed is not { Count: > 0 } allowed)
        {
            var target = RequestTarget.WithoutToken(http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget);
            return new RequestException(RequestErrorKind.RouteNotFound,
                $"Could not route to {target}, perhaps your object identifier is invalid?");
        }

        http.Response.Headers.Allow = string.Join(", ", allowed.Select(route => route.Method));
        return new RequestException(RequestErrorKind.MethodNotAllowed, "Method not allowed");
    }
}
