using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.ObjectPool;
using Shoal.Engine;
using Shoal.Engine.Catalog;
using Shoal.Engine.History;
using Shoal.Engine.Requests;
using Shoal.Protocol;
using Shoal.Protocol.Http;
using Shoal.Server.Http;
using Shoal.Server.Metrics;
using Shoal.Server.Usage;

namespace Shoal.Server.D1;

/// <summary>Runs SQL: <c>/query</c> and <c>/raw</c> of the REST API, and what bindings send.</summary>
/// <remarks>
/// The first steps of <em>Follow a write</em> and <em>Follow a read</em>:
/// 1. Kestrel has read the request's head; the router has found the route, the caller and the database.
/// 2. The body is read whole and parsed into statements and values.
/// 3. The engine runs them; results are written to memory while they appear.
/// 7. When the engine says that the request is durable, the reply is sent.
/// </remarks>
internal sealed class QueryEndpoint(
    DatabaseEngine engine,
    ServerOptions options,
    ObjectPool<QueryWork> pool,
    UsageMeter meter,
    ServerMetrics metrics,
    FairQueue turns)
{
    public ValueTask QueryAsync(Exchange exchange) =>
        RunAsync(exchange, ReplyFrame.Envelope, ResultShape.Objects, IsInSession(exchange.Http.Request));

    public ValueTask RawAsync(Exchange exchange) =>
        RunAsync(exchange, ReplyFrame.Envelope, ResultShape.Arrays, IsInSession(exchange.Http.Request));

    /// <summary>Runs what a binding sent.</summary>
    /// <param name="exchange">With caller and database.</param>
    /// <param name="shape">How rows are wanted.</param>
    /// <param name="inSession">Whether the client follows bookmarks, and so wants one in return.</param>
    public ValueTask RunBindingAsync(Exchange exchange, ResultShape shape, bool inSession) =>
        RunAsync(exchange, ReplyFrame.Binding, shape, inSession);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask RunAsync(Exchange exchange, ReplyFrame frame, ResultShape shape, bool inSession)
    {
        var started = options.TimeProvider.GetTimestamp();
        await turns.NextAsync(exchange.Database);

        // Nothing is held for a request that waits.
        var work = pool.Get();
        try
        {
            // Step 2: the body becomes statements.
            var compatibility = CompatibilityOf(exchange.Http.Request);
            await work.Body.ReadAsync(exchange.Http.Request);
            work.Statements.Parse(work.Body.Memory, compatibility, frame);
            work.Reply.Start(frame, shape, compatibility);
            var request = new SqlRequest
            {
                Items = work.Statements.Items,
                Compatibility = compatibility,
                ReadOnly = exchange.Caller.Permission == TokenPermission.Read,
            };

            // Step 3: the engine runs them. It lets go of what it was given before its task completes, however that ends.
            var running = StartAsync(exchange, request, work.Reply, frame);
            var hasWaited = !running.IsCompleted;
            await running;
            if (hasWaited)
            {
                // The callers of a group all hear at once; their replies, too, are made in turns.
                await turns.NextAsync(exchange.Database);
            }

            // Step 7: durable, so the client may know.
            work.Reply.Finish();
            if (inSession && engine.GetBookmark(exchange.Database.Id) is { } bookmark)
            {
                exchange.Http.Response.Headers[WireHeader.SessionCommitToken] = bookmark.ToString();
            }

            var metered = Metered(exchange, work, started);
            meter.Record(metered);
            CountWrite(metered);
            await SendAsync(exchange.Http, work.Reply.Buffer);
        }
        catch (EngineException error)
        {
            meter.RecordFailure(Metered(exchange, work, started), error);
            throw;
        }
        finally
        {
            pool.Return(work);
        }
    }

    private ValueTask StartAsync(Exchange exchange, SqlRequest request, QueryReply reply, ReplyFrame frame)
    {
        var id = exchange.Database.Id;
        if (frame == ReplyFrame.Envelope && exchange.Http.Request.QueryString.HasValue
            && exchange.Http.Request.Query["as_of"].ToString() is { Length: > 0 } moment)
        {
            return new ValueTask(engine.TimeTravel.QueryAsync(id, RestoreMoment.Of(moment), request, reply, exchange.Aborted));
        }

        return engine.ExecuteAsync(id, request, reply, exchange.Aborted);
    }

    private void CountWrite(in MeteredRequest request)
    {
        var writes = 0L;
        var rows = 0L;
        for (var index = 0; index < request.Usage.Count; index++)
        {
            writes += request.Usage[index].Writes;
            rows += request.Usage[index].Changes;
        }

        if (writes > 0)
        {
            metrics.Wrote(rows, request.Time);
        }
    }

    private MeteredRequest Metered(Exchange exchange, QueryWork work, long started) => new(exchange.Database, exchange.Caller,
        work.Statements.Items, work.Reply.Usage, work.Reply.Buffer.Length, options.TimeProvider.GetElapsedTime(started));

    /// <summary>D1 has sessions for bindings only; here whoever sends a constraint or a bookmark gets the newest one back.</summary>
    private static bool IsInSession(HttpRequest request) => request.Headers.ContainsKey(WireHeader.SessionCommitToken);

    private CompatibilityLevel CompatibilityOf(HttpRequest request)
    {
        var header = request.Headers[WireHeader.Compatibility];
        if (header.Count == 0)
        {
            return options.Compatibility;
        }

        return header.ToString() switch
        {
            "relaxed" => CompatibilityLevel.Relaxed,
            "strict" => CompatibilityLevel.Strict,
            _ => throw RequestException.Malformed($"{WireHeader.Compatibility} must be \"strict\" or \"relaxed\""),
        };
    }

    private static ValueTask SendAsync(HttpContext http, ResponseBuffer buffer)
    {
        var headers = http.Response.Headers;
        headers.ContentType = Reply.JsonContentType;
        headers.ContentLength = buffer.Length;
        return buffer.SendAsync(http.Response.BodyWriter, http.RequestAborted);
    }
}
