using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Shoal.Engine;
using Shoal.Engine.Catalog;
using Shoal.Engine.History;
using Shoal.Protocol;
using Shoal.Protocol.D1;
using Shoal.Server.Admin;
using Shoal.Server.D1;
using Shoal.Server.Http;

namespace Shoal.Server.History;

/// <summary>Time Travel: D1's bookmark and restore, and beside them what can be restored, and forks.</summary>
internal sealed class HistoryEndpoints(DatabaseEngine engine, DatabaseEndpoints databases, AuditTrail audit,
    ILogger<DatabaseEndpoints> logger)
{
    public async ValueTask BookmarkAsync(Exchange exchange)
    {
        var id = exchange.Database.Id;
        var timestamp = exchange.Http.Request.Query["timestamp"].ToString();
        var bookmark = timestamp.Length == 0
            ? await engine.TimeTravel.KeepBookmarkAsync(id)
            : await engine.TimeTravel.FindBookmarkAsync(id, TimeOf(timestamp), exchange.Aborted);
        await Reply.OkAsync(exchange, new BookmarkInfo(bookmark.ToString()), WireJson.Instance.BookmarkEnvelope);
    }

    public async ValueTask RestoreAsync(Exchange exchange)
    {
        var query = exchange.Http.Request.Query;
        var moment = MomentOf(query["bookmark"], query["timestamp"])
            ?? throw RequestException.Malformed("give ?bookmark= or ?timestamp=");

        // Not given up with the client: whether it is done must not depend on the moment it went away.
        var result = await engine.TimeTravel.RestoreAsync(exchange.Database.Id, moment, CancellationToken.None);
        await audit.DatabaseAsync(exchange, AuditAction.DatabaseRestored, exchange.Database, new JsonObject
        {
            ["bookmark"] = result.Restored.ToString(),
            ["previous_bookmark"] = result.Previous.ToString(),
        });
        var (restored, previous) = (result.Restored.ToString(), result.Previous.ToString());
        await Reply.OkAsync(exchange,
            new RestoreInfo(restored, previous,
                $"Database {exchange.Database.Name} restored to {restored}; restore {previous} to undo it."),
            WireJson.Instance.RestoreEnvelope);
    }

    public async ValueTask ListAsync(Exchange exchange)
    {
        var ranges = await engine.TimeTravel.ListAsync(exchange.Database.Id, exchange.Aborted);
        await Reply.OkAsync(exchange, new HistoryInfo([.. ranges.Select(static range => new HistorySpan(
            new HistoryPoint(range.First.ToString(), Text(range.FirstTime)),
            new HistoryPoint(range.Last.ToString(), Text(range.LastTime)), Text(range.EveryCommitSince)))]),
            WireJson.Instance.HistoryEnvelope);
    }

    public async ValueTask SetRetentionAsync(Exchange exchange)
    {
        var body = await RequestBody.ReadJsonAsync(exchange.Http.Request, WireJson.Instance.RetentionBody);
        await engine.TimeTravel.SetRetentionAsync(exchange.Database.Id, body.Days);
        await audit.DatabaseAsync(exchange, AuditAction.DatabaseUpdated, exchange.Database,
            new JsonObject { ["history_days"] = body.Days });
        await RetentionAsync(exchange);
    }

    public async ValueTask DeletedAsync(Exchange exchange)
    {
        var dropped = await engine.TimeTravel.ListDroppedAsync(exchange.Account);
        await Reply.OkAsync(exchange, [.. dropped.Select(static record => new DeletedDatabaseInfo(
            record.Id.ToString(), record.Name, Text(record.CreatedAt), Text(record.DroppedAt)))], WireJson.Instance.DeletedListEnvelope);
    }

    public async ValueTask ForkAsync(Exchange exchange)
    {
        var body = await RequestBody.ReadJsonAsync(exchange.Http.Request, WireJson.Instance.ForkBody);
        var source = await SourceOfAsync(exchange.Account,
            body.Source ?? throw RequestException.Malformed("source is missing; send {\"source\": \"…\", \"name\": \"…\"}"));
        var record = await engine.TimeTravel.ForkAsync(source, MomentOf(body.Bookmark, body.Timestamp), new NewDatabase
        {
            Account = exchange.Account,
            Name = body.Name ?? throw RequestException.Malformed("name is missing; send {\"source\": \"…\", \"name\": \"…\"}"),
        }, CancellationToken.None);
        logger.DatabaseCreated(record.Id, record.Name, record.Account);
        await audit.DatabaseAsync(exchange, AuditAction.DatabaseCreated, record, new JsonObject { ["source"] = source.ToString() });
        await databases.DescribeAsync(exchange, record);
    }

    public async ValueTask NameAsync(Exchange exchange)
    {
        var body = await RequestBody.ReadJsonAsync(exchange.Http.Request, WireJson.Instance.NameBookmarkBody);
        var name = body.Name ?? throw RequestException.Malformed("name is missing; send {\"name\": \"…\"}");
        var named = await engine.TimeTravel.NameAsync(
            exchange.Database.Id, name, MomentOf(body.Bookmark, body.Timestamp), exchange.Aborted);
        await audit.DatabaseAsync(exchange, AuditAction.BookmarkCreated, exchange.Database,
            new JsonObject { ["bookmark"] = named.Name });
        await Reply.OkAsync(exchange, Describe(named), WireJson.Instance.NamedBookmarkEnvelope);
    }

    public async ValueTask ListNamesAsync(Exchange exchange)
    {
        var names = await engine.TimeTravel.ListNamesAsync(exchange.Database.Id);
        await Reply.OkAsync(exchange, [.. names.Select(Describe)], WireJson.Instance.NamedBookmarkListEnvelope);
    }

    public async ValueTask RemoveNameAsync(Exchange exchange)
    {
        if (!await engine.TimeTravel.RemoveNameAsync(exchange.Database.Id, exchange.Item))
        {
            throw new RequestException(RequestErrorKind.NotFound,
                $"The database has no bookmark {RequestTarget.WithoutSecret(exchange.Item)}");
        }

        await audit.DatabaseAsync(exchange, AuditAction.BookmarkDeleted, exchange.Database,
            new JsonObject { ["bookmark"] = exchange.Item });
        await Reply.OkAsync(exchange, default(JsonElement?), WireJson.Instance.NothingEnvelope);
    }

    public async ValueTask RetentionAsync(Exchange exchange)
    {
        var (retention, isDefault) = engine.TimeTravel.GetRetention(exchange.Database.Id);
        await Reply.OkAsync(exchange, new RetentionInfo(retention.TotalDays, isDefault), WireJson.Instance.RetentionEnvelope);
    }

    private static NamedBookmarkInfo Describe(NamedBookmark named) =>
        new(named.Name, named.Bookmark.ToString(), Text(named.CreatedAt), named.IsAutomatic);

    private async Task<DatabaseId> SourceOfAsync(string account, string idOrName)
    {
        if (engine.FindDatabase(account, idOrName) is { } record)
        {
            return record.Id;
        }

        var dropped = await engine.TimeTravel.ListDroppedAsync(account);
        return dropped.FirstOrDefault(database => database.Id.ToString() == idOrName || database.Name == idOrName)?.Id
            ?? throw new EngineException(EngineErrorKind.DatabaseNotFound, $"The database {idOrName} could not be found");
    }

    private static RestoreMoment? MomentOf(string? bookmark, string? timestamp) =>
        (string.IsNullOrEmpty(bookmark), string.IsNullOrEmpty(timestamp)) switch
        {
            (false, true) => RestoreMoment.At(bookmark!),
            (true, false) => RestoreMoment.At(TimeOf(timestamp!)),
            (true, true) => null,
            _ => throw RequestException.Malformed("give a bookmark or a timestamp, not both"),
        };

    private static DateTimeOffset TimeOf(string text) => RestoreMoment.TryParseTime(text, out var time)
        ? time
        : throw RequestException.Malformed($"timestamp '{text}' is not ISO 8601, like 2026-01-02T03:04:05Z");

    private static string Text(DateTimeOffset time) => time.ToUniversalTime().ToString(
        "yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);
}
