using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Shoal.Engine;
using Shoal.Engine.Catalog;
using Shoal.Engine.Databases;
using Shoal.Protocol;
using Shoal.Protocol.D1;
using Shoal.Protocol.Http;
using Shoal.Server.Admin;
using Shoal.Server.Http;
using Shoal.Server.Transfer;
using Shoal.Server.Usage;

namespace Shoal.Server.D1;

/// <summary>Creates, lists, describes, changes and deletes databases.</summary>
internal sealed class DatabaseEndpoints(
    DatabaseEngine engine,
    ServerOptions options,
    UsageMeter meter,
    TransferJobs transfers,
    AuditTrail audit,
    ILogger<DatabaseEndpoints> logger)
{
    public async ValueTask CreateAsync(Exchange exchange)
    {
        var body = await RequestBody.ReadJsonAsync(exchange.Http.Request, WireJson.Instance.CreateDatabaseBody);
        var record = await engine.CreateDatabaseAsync(new NewDatabase
        {
            Account = exchange.Account,
            Name = body.Name ?? throw RequestException.Malformed("name is missing; send {\"name\": \"…\"}"),
            LocationHint = body.PrimaryLocationHint,
            Jurisdiction = body.Jurisdiction,
            ReadReplication = body.ReadReplication is null ? "disabled" : ModeOf(body.ReadReplication),
        });
        logger.DatabaseCreated(record.Id, record.Name, record.Account);
        await audit.DatabaseAsync(exchange, AuditAction.DatabaseCreated, record);
        await DescribeAsync(exchange, record);
    }

    /// <summary>Answers with a database that has just been created.</summary>
    public async ValueTask DescribeAsync(Exchange exchange, DatabaseRecord record)
    {
        var info = Describe(record, await engine.GetStatisticsAsync(record.Id)) with
        {
            CreatedInRegion = options.Region,
            PrimaryLocationHint = record.LocationHint?.ToUpperInvariant(),
        };
        await Reply.OkAsync(exchange, info, WireJson.Instance.DatabaseEnvelope);
    }

    public async ValueTask ListAsync(Exchange exchange)
    {
        var query = exchange.Http.Request.Query;
        var paging = Paging.Read(query, perPageDefault: 1000);
        var name = query["name"].ToString();
        var page = exchange.Caller.Databases.Count == 0
            ? engine.ListDatabases(exchange.Account, name, paging.Page, paging.PerPage)
            : ListConfined(exchange, name, paging);
        var items = new List<DatabaseInfo>(page.Databases.Count);
        foreach (var record in page.Databases)
        {
            items.Add(Summarize(record));
        }

        await Reply.OkAsync(exchange, items, WireJson.Instance.DatabaseListEnvelope,
            new ResultInfo(paging.Page, paging.PerPage, items.Count, page.TotalCount));
    }

    public async ValueTask GetAsync(Exchange exchange)
    {
        var info = Describe(exchange.Database, await engine.GetStatisticsAsync(exchange.Database.Id, exchange.Aborted));
        var fields = DatabaseFields.Read(exchange.Http.Request.Query["fields"]);
        if (fields is null)
        {
            await Reply.OkAsync(exchange, info, WireJson.Instance.DatabaseEnvelope);
            return;
        }

        var node = JsonSerializer.SerializeToNode(info, WireJson.Instance.DatabaseInfo) as JsonObject ?? [];
        var chosen = JsonSerializer.SerializeToElement(fields.Choose(node), WireJson.Instance.JsonObject);
        await Reply.OkAsync(exchange, chosen, WireJson.Instance.AnyEnvelope);
    }

    public ValueTask ReplaceAsync(Exchange exchange) => UpdateAsync(exchange, required: true);

    public ValueTask PatchAsync(Exchange exchange) => UpdateAsync(exchange, required: false);

    public async ValueTask DeleteAsync(Exchange exchange)
    {
        var record = exchange.Database;
        await transfers.ForgetAsync(record.Id);
        await engine.DeleteDatabaseAsync(record.Id);
        await meter.ForgetAsync(record.Id);
        logger.DatabaseDeleted(record.Id, record.Name, record.Account);
        await audit.DatabaseAsync(exchange, AuditAction.DatabaseDeleted, record);
        await Reply.OkAsync(exchange, default(JsonElement?), WireJson.Instance.NothingEnvelope);
    }

    private async ValueTask UpdateAsync(Exchange exchange, bool required)
    {
        var body = await RequestBody.ReadJsonAsync(exchange.Http.Request, WireJson.Instance.UpdateDatabaseBody);
        var record = exchange.Database;
        if (body.ReadReplication is not null)
        {
            record = await engine.UpdateDatabaseAsync(record.Id, ModeOf(body.ReadReplication));
            await audit.DatabaseAsync(exchange, AuditAction.DatabaseUpdated, record,
                new JsonObject { ["read_replication"] = record.ReadReplication });
        }
        else if (required)
        {
            throw RequestException.Malformed("read_replication is missing; send {\"read_replication\": {\"mode\": \"auto\"}}");
        }

        var statistics = await engine.GetStatisticsAsync(record.Id, exchange.Aborted);
        await Reply.OkAsync(exchange, Describe(record, statistics), WireJson.Instance.DatabaseEnvelope);
    }

    private DatabasePage ListConfined(Exchange exchange, string name, Paging paging)
    {
        var reachable = exchange.Caller.Databases
            .Select(engine.FindDatabase)
            .OfType<DatabaseRecord>()
            .Where(record => exchange.AccountText.SequenceEqual(record.Account)
                && record.Name.Contains(name, StringComparison.OrdinalIgnoreCase))
            .OrderBy(record => record.CreatedAt)
            .ToList();
        return new DatabasePage(paging.Of(reachable), reachable.Count);
    }

    private static string ModeOf(ReadReplication replication) => replication.Mode is "auto" or "disabled"
        ? replication.Mode
        : throw RequestException.Malformed("read_replication.mode must be \"auto\" or \"disabled\"");

    private static DatabaseInfo Summarize(DatabaseRecord record) => new()
    {
        Uuid = record.Id.ToString(),
        Name = record.Name,
        CreatedAt = record.CreatedAt.ToUniversalTime().ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture),
        Jurisdiction = record.Jurisdiction,
    };

    private DatabaseInfo Describe(DatabaseRecord record, DatabaseStatistics statistics) => Summarize(record) with
    {
        NumTables = statistics.TableCount,
        FileSize = statistics.FileBytes,
        RunningInRegion = options.Region,
        ReadReplication = new ReadReplication(record.ReadReplication),
    };
}
