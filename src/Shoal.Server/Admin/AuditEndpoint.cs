using System.Globalization;
using System.Text.Json;
using Shoal.Engine;
using Shoal.Engine.Catalog;
using Shoal.Protocol;
using Shoal.Protocol.Admin;
using Shoal.Server.Http;

namespace Shoal.Server.Admin;

/// <summary>Shows who has done what. An administrator confined to an account sees that account's acts only.</summary>
internal sealed class AuditEndpoint(DatabaseEngine engine)
{
    private const int LimitDefault = 100;

    public async ValueTask ListAsync(Exchange exchange)
    {
        var query = exchange.Http.Request.Query;
        var records = await engine.Audit.ListAsync(SinceOf(query["since"].ToString()), LimitOf(query["limit"].ToString()),
            exchange.Caller.Account);
        await Reply.OkAsync(exchange, records.Select(Describe).ToList(), WireJson.Instance.AuditEnvelope);
    }

    private static DateTimeOffset? SinceOf(string text)
    {
        if (text.Length == 0)
        {
            return null;
        }

        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var since)
            ? since
            : throw RequestException.Malformed("since must be an instant such as 2027-01-31T00:00:00Z");
    }

    private static int LimitOf(string text)
    {
        if (text.Length == 0)
        {
            return LimitDefault;
        }

        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit)
            && limit is >= 1 and <= AuditLog.ListMax
            ? limit
            : throw RequestException.Malformed($"limit must be a whole number from 1 to {AuditLog.ListMax}");
    }

    private static AuditInfo Describe(AuditRecord record) => new()
    {
        Id = record.Id,
        At = record.At,
        Actor = record.Entry.Actor,
        Origin = record.Entry.Origin,
        Action = record.Entry.Action,
        Account = record.Entry.Account,
        Subject = record.Entry.Subject,
        Detail = JsonElement.Parse(record.Entry.Detail),
    };
}
