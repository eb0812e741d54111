using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Shoal.Engine;
using Shoal.Engine.Catalog;
using Shoal.Engine.Transfer;
using Shoal.Protocol;
using Shoal.Server.Admin;
using Shoal.Server.Http;
using Shoal.Server.Usage;

namespace Shoal.Server.Transfer;

/// <summary>Ours, beside D1's polling protocols: a whole file in one request, in either direction.</summary>
/// <remarks>
/// An upload is received into a file before the database is touched: so a slow or broken client never holds up the database's
/// writer, and what arrives incomplete changes nothing.
/// </remarks>
internal sealed class StreamEndpoints(
    DatabaseEngine engine,
    ServerOptions options,
    TransferFolder folder,
    TransferJobs jobs,
    AuditTrail audit,
    UsageMeter meter)
{
    private static readonly MinDataRate LeastRate = new(bytesPerSecond: 16 * 1024, gracePeriod: TimeSpan.FromSeconds(10));

    public async ValueTask UploadAsync(Exchange exchange)
    {
        var request = exchange.Http.Request;
        var format = FormatOf(request);
        var csv = format == "csv" ? CsvOf(request) : null;
        exchange.Http.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize =
            options.ImportBytesMax;
        ImportResult result;

        // File and turn are given back before the reply: who has it finds nothing left behind.
        await using (var file = new SpoolFile(folder, "." + format, options.ImportBytesMax))
        {
            await UploadStore.CopyAsync(request.Body, file, exchange.Aborted);
            await file.CompleteAsync();
            using var turn = await jobs.TurnAsync(exchange.Aborted);
            await audit.DatabaseAsync(exchange, AuditAction.DatabaseImported, exchange.Database,
                new JsonObject { ["format"] = format });
            result = await ImportAsync(exchange, file, format, csv);
        }

        meter.RecordImport(exchange.Database, exchange.Caller, result.Meta);
        var bookmark = await ImportDescription.BookmarkAsync(engine, exchange.Database.Id);
        await Reply.OkAsync(exchange, ImportDescription.Of(result, options, bookmark),
            WireJson.Instance.ImportSummaryEnvelope);
    }

    public ValueTask DownloadAsync(Exchange exchange) => FormatOf(exchange.Http.Request) switch
    {
        "sql" => DownloadSqlAsync(exchange),
        "csv" => DownloadCsvAsync(exchange),
        _ => SendSqliteAsync(exchange),
    };

    /// <summary>Sends the database as an SQLite file.</summary>
    public async ValueTask SendSqliteAsync(Exchange exchange)
    {
        var path = folder.NewPath(".sqlite");
        var bytes = (await engine.GetStatisticsAsync(exchange.Database.Id, exchange.Aborted)).FileBytes;
        if (!folder.TryReserve(bytes))
        {
            throw new RequestException(RequestErrorKind.Overloaded,
                "Too many files are being imported or exported; try again when some have finished.");
        }

        try
        {
            var started = options.TimeProvider.GetTimestamp();
            await engine.ExportSqliteAsync(exchange.Database.Id, path, progress: null, exchange.Aborted);
            await using var content = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 128 * 1024,
                FileOptions.Asynchronous | FileOptions.SequentialScan);

            // What is open can be read though it has no name any more; who has all of it finds nothing left behind.
            folder.Delete(path);
            FileReply.Announce(exchange, "application/vnd.sqlite3", exchange.Database.Name + ".sqlite");
            exchange.Http.Response.ContentLength = content.Length;
            meter.RecordExport(exchange.Database, exchange.Caller, new TransferProgress(content.Length, Rows: 0),
                options.TimeProvider.GetElapsedTime(started));
            await content.CopyToAsync(exchange.Http.Response.Body, exchange.Aborted);
        }
        finally
        {
            folder.Delete(path);
            folder.Release(bytes);
        }
    }

    private async Task<ImportResult> ImportAsync(Exchange exchange, SpoolFile file, string format, CsvImportOptions? csv)
    {
        var database = exchange.Database.Id;
        if (format == "sqlite")
        {
            return await engine.ImportSqliteAsync(database, file.FilePath, progress: null, exchange.Aborted);
        }

        await using var content = file.OpenRead();
        return csv is null
            ? await engine.ImportSqlAsync(database, content, progress: null, exchange.Aborted)
            : await engine.ImportCsvAsync(database, content, csv, progress: null, exchange.Aborted);
    }

    private async ValueTask DownloadSqlAsync(Exchange exchange)
    {
        var query = exchange.Http.Request.Query;
        var export = new ExportOptions
        {
            NoData = Flag(query, "no_data", otherwise: false),
            NoSchema = Flag(query, "no_schema", otherwise: false),
            Tables = [.. query["table"].OfType<string>()],
        };
        using var stream = Begin(exchange, "application/sql", exchange.Database.Name + ".sql");
        await MeteredAsync(exchange, progress => engine.ExportSqlAsync(
            exchange.Database.Id, exchange.Http.Response.Body, export, progress, exchange.Aborted));
    }

    private async ValueTask DownloadCsvAsync(Exchange exchange)
    {
        var table = TableOf(exchange.Http.Request);
        using var stream = Begin(exchange, "text/csv; charset=UTF-8", exchange.Database.Name + ".csv");
        await MeteredAsync(exchange, progress => engine.ExportCsvAsync(
            exchange.Database.Id, exchange.Http.Response.Body, table, progress, exchange.Aborted));
    }

    /// <summary>A download that breaks off has read what it has sent.</summary>
    private async Task MeteredAsync(Exchange exchange, Func<WrittenProgress, Task> export)
    {
        var progress = new WrittenProgress();
        var started = options.TimeProvider.GetTimestamp();
        try
        {
            await export(progress);
        }
        finally
        {
            meter.RecordExport(exchange.Database, exchange.Caller, progress.Written, options.TimeProvider.GetElapsedTime(started));
        }
    }

    /// <summary>
    /// Prepares for the engine to write the reply itself, from a thread of its own, so it may wait there. While it does, the
    /// snapshot keeps the database's log from shrinking: a client must not be slower than a poor line.
    /// </summary>
    private IDisposable Begin(Exchange exchange, string contentType, string fileName)
    {
        var stream = jobs.BeginStream();
        var features = exchange.Http.Features;
        features.GetRequiredFeature<IHttpBodyControlFeature>().AllowSynchronousIO = true;
        if (features.Get<IHttpMinResponseDataRateFeature>() is { } rate)
        {
            rate.MinDataRate = LeastRate;
        }

        FileReply.Announce(exchange, contentType, fileName);
        return stream;
    }

    private static string FormatOf(HttpRequest request) => request.Query["format"].ToString() switch
    {
        "sql" => "sql",
        "csv" => "csv",
        "sqlite" => "sqlite",
        _ => throw RequestException.Malformed("format must be \"sql\", \"csv\" or \"sqlite\""),
    };

    private static CsvImportOptions CsvOf(HttpRequest request) => new()
    {
        Table = TableOf(request),
        Delimiter = request.Query["delimiter"].ToString() switch
        {
            "" => ',',
            "tab" => '\t',
            [var single] => single,
            _ => throw RequestException.Malformed("delimiter must be one character, or \"tab\""),
        },
        EmptyIsNull = Flag(request.Query, "empty_is_null", otherwise: true),
    };

    private static string TableOf(HttpRequest request) => request.Query["table"] is [{ Length: > 0 } table]
        ? table
        : throw RequestException.Malformed("format \"csv\" needs one table; add &table=NAME");

    private static bool Flag(IQueryCollection query, string name, bool otherwise) => query[name].ToString() switch
    {
        "" => otherwise,
        "true" or "1" => true,
        "false" or "0" => false,
        _ => throw RequestException.Malformed($"{name} must be true or false"),
    };
}
