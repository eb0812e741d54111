using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Shoal.Engine;
using Shoal.Engine.Catalog;
using Shoal.Protocol;
using Shoal.Protocol.D1;
using Shoal.Server.Admin;
using Shoal.Server.Http;
using Shoal.Server.Usage;

namespace Shoal.Server.Transfer;

/// <summary>D1's import protocol: init, upload, ingest, poll.</summary>
internal sealed partial class ImportEndpoint(
    DatabaseEngine engine,
    ServerOptions options,
    UploadStore uploads,
    TransferJobs jobs,
    SignedUrls urls,
    AuditTrail audit,
    UsageMeter meter)
{
    public async ValueTask ImportAsync(Exchange exchange)
    {
        var body = await RequestBody.ReadJsonAsync(exchange.Http.Request, WireJson.Instance.ImportBody);
        switch (body.Action)
        {
            case "init":
                await InitAsync(exchange, EtagOf(body));
                break;
            case "ingest":
                await IngestAsync(exchange, body);
                break;
            case "poll":
                await PollAsync(exchange, body);
                break;
            default:
                throw RequestException.Malformed("action must be \"init\", \"ingest\" or \"poll\"");
        }
    }

    /// <summary>The upload itself: no credentials, the URL is the proof.</summary>
    public async ValueTask ReceiveAsync(Exchange exchange)
    {
        urls.Verify(exchange.Http.Request);
        exchange.Http.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize =
            options.ImportBytesMax;
        var slot = await uploads.ReceiveAsync(exchange.Item, exchange.Http.Request.Body, exchange.Aborted);
        exchange.Http.Response.StatusCode = StatusCodes.Status200OK;
        exchange.Http.Response.Headers.ETag = $"\"{slot.Etag}\"";
        exchange.Http.Response.ContentLength = 0;
    }

    private async ValueTask InitAsync(Exchange exchange, string etag)
    {
        var database = exchange.Database.Id;

        // The same file is being imported at this moment: the client joins that import instead of uploading again.
        if (jobs.Running(TransferKind.Import, database) is { } running && running.Subject == etag)
        {
            await ReplyAsync(exchange, running);
            return;
        }

        var slot = uploads.Announce(database, etag);
        var url = urls.Create(exchange.Http.Request, HttpMethods.Put, SignedUrls.UploadPath + slot.Id);
        await Reply.OkAsync(exchange, new ImportUpload(slot.FileName, url), WireJson.Instance.ImportUploadEnvelope);
    }

    private async ValueTask IngestAsync(Exchange exchange, ImportBody body)
    {
        var database = exchange.Database.Id;
        var etag = EtagOf(body);
        if (jobs.Running(TransferKind.Import, database) is { } running && running.Subject != etag)
        {
            await RefuseAsync(exchange, "Currently processing a long-running import.");
            return;
        }

        var file = uploads.Take(database, body.Filename ?? "", etag) ?? throw RequestException.Malformed(
            "filename and etag name no uploaded file of this database; start again with action \"init\"");
        var taken = false;
        var (record, caller) = (exchange.Database, exchange.Caller);
        try
        {
            await audit.DatabaseAsync(exchange, AuditAction.DatabaseImported, exchange.Database,
                new JsonObject { ["format"] = "sql", ["etag"] = etag });
            var job = jobs.Start(TransferKind.Import, database, etag, file, async (job, stopping) =>
            {
                await using var sql = file.OpenRead();
                job.Result = await engine.ImportSqlAsync(database, sql, job, stopping);
                job.FinalBookmark = await ImportDescription.BookmarkAsync(engine, database);
                meter.RecordImport(record, caller, job.Result.Meta);
            }, out taken);
            await ReplyAsync(exchange, job);
        }
        finally
        {
            if (!taken)
            {
                await file.DisposeAsync();
            }
        }
    }

    private async ValueTask PollAsync(Exchange exchange, ImportBody body)
    {
        var job = jobs.Find(TransferKind.Import, exchange.Database.Id, body.CurrentBookmark ?? "");
        if (job is null)
        {
            await RefuseAsync(exchange, "Not currently importing anything.");
            return;
        }

        await ReplyAsync(exchange, job);
    }

    private async ValueTask ReplyAsync(Exchange exchange, TransferJob job)
    {
        await jobs.WaitAsync(job, exchange.Aborted);
        var ended = job.Done.IsCompleted;
        var status = new ImportStatus
        {
            Success = job.Error is null,
            AtBookmark = job.Bookmark,
            Status = !ended ? "active" : job.Error is null ? "complete" : "error",
            Messages = job.TakeMessages(),
            Error = job.Error,
            Errors = job.Error is null ? null : [job.Error],
            Result = ended && job.Result is not null
                ? ImportDescription.Of(job.Result, options, job.FinalBookmark ?? job.Bookmark)
                : null,
        };
        await Reply.OkAsync(exchange, status, WireJson.Instance.ImportEnvelope);
    }

    private static ValueTask RefuseAsync(Exchange exchange, string reason) => Reply.OkAsync(exchange,
        new ImportStatus { Success = false, Status = "error", Error = reason, Errors = [reason] },
        WireJson.Instance.ImportEnvelope);

    private static string EtagOf(ImportBody body) => body.Etag is not null && Md5Hex().IsMatch(body.Etag)
        ? body.Etag.ToLowerInvariant()
        : throw RequestException.Malformed("etag must be the file's MD5 as 32 hexadecimal digits");

    [GeneratedRegex(@"\A[0-9a-fA-F]{32}\z", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Md5Hex();
}
