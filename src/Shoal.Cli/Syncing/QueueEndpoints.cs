using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Shoal.Cli.Output;
using Shoal.Client;
using Shoal.Sync;
using Shoal.Sync.Configuration;
using Shoal.Sync.State;

namespace Shoal.Cli.Syncing;

/// <summary>The push queues of a running sync over HTTP: <c>/sync/{source}/messages</c> and <c>/sync/{source}/dead-letters</c>.</summary>
internal sealed class QueueEndpoints(IReadOnlyList<(SourceSettings Settings, SyncQueue Queue)> queues, ShoalClient client)
{
    private const int LettersMax = 1_000;

    public void MapTo(WebApplication web)
    {
        web.MapPost("/sync/{source}/messages", PushAsync);
        web.MapGet("/sync/{source}/dead-letters", ListAsync);
        web.MapPost("/sync/{source}/dead-letters", SettleAsync);
    }

    private Task<IResult> PushAsync(string source, HttpRequest request) => AnswerAsync(source, async found =>
    {
        if (!found.Queue.Ready.IsCompletedSuccessfully)
        {
            return new RetryLater(Problem(StatusCodes.Status503ServiceUnavailable, "the queue is not ready: its server does not answer",
                "send it again"), TimeSpan.FromSeconds(1));
        }

        var body = await ReadAsync(request);
        var receipt = await found.Queue.PushAsync(body, request.HttpContext.RequestAborted);
        return Json(StatusCodes.Status202Accepted, writer =>
        {
            writer.WriteNumber("accepted", receipt.Accepted);
            writer.WriteNumber("duplicates", receipt.Duplicates);
            writer.WriteStartArray("ids");
            foreach (var id in receipt.Ids)
            {
                if (id is { } number)
                {
                    writer.WriteNumberValue(number);
                }
                else
                {
                    writer.WriteNullValue();
                }
            }

            writer.WriteEndArray();
        });
    });

    private Task<IResult> ListAsync(string source, HttpRequest request) => AnswerAsync(source, async found =>
    {
        var letters = await new SyncInspector(found.Settings).DeadLettersAsync(client, LettersMax, request.HttpContext.RequestAborted);
        return Json(StatusCodes.Status200OK, writer =>
        {
            writer.WriteStartArray("deadLetters");
            foreach (var letter in letters)
            {
                Write(writer, letter);
            }

            writer.WriteEndArray();
        });
    });

    /// <summary>Says what becomes of dead letters: by number, or all.</summary>
    private Task<IResult> SettleAsync(string source, HttpRequest request) => AnswerAsync(source, async found =>
    {
        var body = await ReadAsync(request);
        var decision = DeadLetterDecision.Read(body);
        var inspector = new SyncInspector(found.Settings);
        var cancellation = request.HttpContext.RequestAborted;
        var acked = decision.AcksAll ? await inspector.SettleDeadLettersAsync(client, null, null, cancellation)
            : decision.Acks.Count > 0 ? await inspector.SettleDeadLettersAsync(client, decision.Acks, null, cancellation) : 0;
        var retried = 0L;
        if (decision.RetriesAll)
        {
            retried = await inspector.SettleDeadLettersAsync(client, null, decision.Delay, cancellation);
        }
        else
        {
            foreach (var group in decision.Retries.GroupBy(static one => one.Delay))
            {
                retried += await inspector.SettleDeadLettersAsync(client, [.. group.Select(static one => one.Id)], group.Key, cancellation);
            }
        }

        return Json(StatusCodes.Status200OK, writer =>
        {
            writer.WriteNumber("acked", acked);
            writer.WriteNumber("retried", retried);
        });
    });

    private async Task<IResult> AnswerAsync(string source, Func<(SourceSettings Settings, SyncQueue Queue), Task<IResult>> answer)
    {
        var found = queues.FirstOrDefault(one => one.Settings.Name == source);
        if (found.Queue is null)
        {
            return Problem(StatusCodes.Status404NotFound, "there is no source with a queue of this name",
                "there are " + string.Join(", ", queues.Select(static one => one.Settings.Name)));
        }

        try
        {
            return await answer(found);
        }
        catch (MessageRefusedException error)
        {
            return Problem(StatusCodes.Status400BadRequest, error.Message, error.Hint, error.Index);
        }
        catch (BadHttpRequestException error)
        {
            return Problem(error.StatusCode, error.Message,
                "a request has at most 100 messages, 256 KB and Content-Type: application/json");
        }
        catch (QueueFullException error)
        {
            return new RetryLater(Problem(StatusCodes.Status429TooManyRequests, error.Message, "try again later"), error.RetryAfter);
        }
        catch (ShoalException error) when (error.IsTransient)
        {
            return new RetryLater(Problem(StatusCodes.Status503ServiceUnavailable, "the server with the queue does not answer",
                "send it again, with the same idempotencyKey: it may have been taken"), TimeSpan.FromSeconds(1));
        }
        catch (ShoalException error)
        {
            return Problem(StatusCodes.Status502BadGateway, error.Reason, error.Hint);
        }
    }

    /// <summary>What is no JSON by its type is refused: a page in a browser can not send that type to another site.</summary>
    private static async Task<ReadOnlyMemory<byte>> ReadAsync(HttpRequest request)
    {
        if (!request.HasJsonContentType())
        {
            throw new BadHttpRequestException("the body must be JSON", StatusCodes.Status415UnsupportedMediaType);
        }

        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body, request.HttpContext.RequestAborted);
        return body.ToArray();
    }

    private static void Write(Utf8JsonWriter writer, DeadLetter letter)
    {
        writer.WriteStartObject();
        writer.WriteNumber("id", letter.Id);
        writer.WriteString("tenantId", letter.Tenant);
        writer.WriteString("table", letter.Table);
        writer.WriteString("operation", letter.Operation);
        writer.WriteString("key", letter.Key);
        writer.WriteString("error", letter.Error);
        writer.WriteString("at", DateTimeOffset.FromUnixTimeMilliseconds(letter.AtMs).ToString("O", CultureInfo.InvariantCulture));
        writer.WriteEndObject();
    }

    public static IResult Problem(int status, string error, string hint, int? index = null) => Json(status, writer =>
    {
        writer.WriteString("error", error);
        writer.WriteString("hint", hint);
        if (index is { } number)
        {
            writer.WriteNumber("index", number);
        }
    });

    private static IResult Json(int status, Action<Utf8JsonWriter> write) => Results.Text(JsonOutput.ToText(writer =>
    {
        writer.WriteStartObject();
        write(writer);
        writer.WriteEndObject();
    }) + "\n", "application/json", statusCode: status);
}
