using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
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
/// An upload is received into a file before the database is touched, and a download is sent from a file: so a slow or broken
/// client never holds up the database's writer, what arrives incomplete changes nothing, and a snapshot, behind which the log can
/// not shrink, lasts for as long as the disk needs and not for as long as the client likes.
/// </remarks>
internal sealed class StreamEndpoints(
    DatabaseEngine engine,
    ServerOptions options,
    TransferFolder folder,
    TransferJobs jobs,
    AuditTrail audit,
    UsageMeter meter)
{
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
            using (jobs.BeginDownload())
            {
                await engine.ExportSqliteAsync(exchange.Database.Id, path, progress: null, exchange.Aborted);
            }

            await using var content = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 128 * 1024,
                FileOptions.Asynchronous | FileOptions.SequentialScan);

            // What is open can be read though it has no name any more; who has all of it finds nothing left behind.
            folder.Delete(path);
            meter.RecordExport(exchange.Database, exchange.Caller, new TransferProgress(content.Length, Rows: 0),
                options.TimeProvider.GetElapsedTime(started));
            await FileReply.SendAsync(exchange, content, "application/vnd.sqlite3", exchange.Database.Name + ".sqlite");
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
        try
        {
            using var turn = await jobs.TurnAsync(TransferKind.Import, database, exchange.Aborted);
            await audit.DatabaseAsync(exchange, AuditAction.DatabaseImported, exchange.Database,
                new JsonObject { ["format"] = format });
            if (format == "sqlite")
            {
                return await engine.ImportSqliteAsync(database, file.FilePath, progress: null, turn.Stopping);
            }

            await using var content = file.OpenRead();
            return csv is null
                ? await engine.ImportSqlAsync(database, content, progress: null, turn.Stopping)
                : await engine.ImportCsvAsync(database, content, csv, progress: null, turn.Stopping);
        }
        catch (OperationCanceledException) when (!exchange.Aborted.IsCancellationRequested)
        {
            throw new RequestException(RequestErrorKind.NotFound, "The database was deleted during the import");
        }
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
        await SpoolAsync(exchange, ".sql", "application/sql", (file, progress) =>
            engine.ExportSqlAsync(exchange.Database.Id, file, export, progress, exchange.Aborted));
    }

    private async ValueTask DownloadCsvAsync(Exchange exchange)
    {
        var table = TableOf(exchange.Http.Request);
        await SpoolAsync(exchange, ".csv", "text/csv; charset=UTF-8", (file, progress) =>
            engine.ExportCsvAsync(exchange.Database.Id, file, table, progress, exchange.Aborted));
    }

    /// <summary>Has a file written, meters what was read for it, and sends it.</summary>
    private async Task SpoolAsync(
        Exchange exchange, string extension, string contentType, Func<SpoolFile, WrittenProgress, Task> export)
    {
        await using var file = new SpoolFile(folder, extension, options.Transfers.StoredBytesMax);
        using (jobs.BeginDownload())
        {
            var progress = new WrittenProgress();
            var started = options.TimeProvider.GetTimestamp();
            try
            {
                await export(file, progress);
            }
            finally
            {
                meter.RecordExport(exchange.Database, exchange.Caller, progress.Written, options.TimeProvider.GetElapsedTime(started));
            }
        }

        await file.CompleteAsync();
        await using var content = file.OpenLast();
        await FileReply.SendAsync(exchange, content, contentType, exchange.Database.Name + extension);
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
