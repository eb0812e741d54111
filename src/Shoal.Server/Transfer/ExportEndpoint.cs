using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Shoal.Engine;
using Shoal.Engine.Catalog;
using Shoal.Engine.Transfer;
using Shoal.Protocol;
using Shoal.Protocol.D1;
using Shoal.Server.Http;
using Shoal.Server.Usage;

namespace Shoal.Server.Transfer;

/// <summary>D1's export protocol: start, poll, download. Other requests of the database go on meanwhile.</summary>
internal sealed class ExportEndpoint(
    DatabaseEngine engine,
    ServerOptions options,
    TransferFolder folder,
    TransferJobs jobs,
    SignedUrls urls,
    UsageMeter meter)
{
    public async ValueTask ExportAsync(Exchange exchange)
    {
        var body = await RequestBody.ReadJsonAsync(exchange.Http.Request, WireJson.Instance.ExportBody);
        if (body.OutputFormat is not (null or "polling"))
        {
            throw RequestException.Malformed("output_format must be \"polling\"");
        }

        var database = exchange.Database.Id;
        var job = body.CurrentBookmark is null
            ? Start(exchange.Database, exchange.Caller, body)
            : jobs.Find(TransferKind.Export, database, body.CurrentBookmark);
        if (job is null)
        {
            await Reply.OkAsync(exchange, new ExportStatus
            {
                Success = false,
                Status = "error",
                Error = "Not currently exporting anything.",
            },
                WireJson.Instance.ExportEnvelope);
            return;
        }

        await jobs.WaitAsync(job, exchange.Aborted);
        var status = Describe(exchange, job);
        await Reply.OkAsync(exchange, status, WireJson.Instance.ExportEnvelope,
            status: status.Status == "active" ? StatusCodes.Status202Accepted : StatusCodes.Status200OK);
    }

    /// <summary>The download itself: no credentials, the URL is the proof.</summary>
    public async ValueTask SendAsync(Exchange exchange)
    {
        urls.Verify(exchange.Http.Request);
        var job = jobs.Find(exchange.Item);
        if (job?.File is not { } file)
        {
            throw new RequestException(RequestErrorKind.NotFound, "The exported file is gone; start the export again");
        }

        await using var content = file.OpenRead();
        await FileReply.SendAsync(exchange, content, "application/sql", FileNameOf(job));
    }

    private TransferJob Start(DatabaseRecord database, TokenRecord caller, ExportBody body)
    {
        var wish = body.DumpOptions ?? new DumpOptions();
        if (wish.Compatibility is not (null or "d1" or "sqlite3_cli_only"))
        {
            throw RequestException.Malformed("dump_options.compatibility must be \"d1\" or \"sqlite3_cli_only\"");
        }

        var export = new ExportOptions { NoData = wish.NoData, NoSchema = wish.NoSchema, Tables = wish.Tables ?? [] };
        var subject = JsonSerializer.Serialize(body, WireJson.Instance.ExportBody);
        return jobs.Start(TransferKind.Export, database.Id, subject, input: null, async (job, stopping) =>
        {
            var progress = new WrittenProgress(job);
            var started = options.TimeProvider.GetTimestamp();
            await WriteAsync(job, export, progress, stopping);
            meter.RecordExport(database, caller, progress.Written, options.TimeProvider.GetElapsedTime(started));
        }, out _);
    }

    private async Task WriteAsync(TransferJob job, ExportOptions export, WrittenProgress progress, CancellationToken stopping)
    {
        var file = new SpoolFile(folder, ".sql", options.Transfers.StoredBytesMax);
        try
        {
            await engine.ExportSqlAsync(job.Database, file, export, progress, stopping);
            await file.CompleteAsync();
            job.File = file;
        }
        finally
        {
            if (job.File is null)
            {
                await file.DisposeAsync();
            }
        }
    }

    private ExportStatus Describe(Exchange exchange, TransferJob job)
    {
        // Asked first: what it ended with is known by then, and an export that fails meanwhile is not taken for a whole one.
        var ended = job.Done.IsCompleted;
        if (job.Error is not null)
        {
            return new ExportStatus
            {
                Success = false,
                AtBookmark = job.Bookmark,
                Status = "error",
                Messages = job.TakeMessages(),
                Error = job.Error,
            };
        }

        if (!ended)
        {
            return new ExportStatus { AtBookmark = job.Bookmark, Status = "active", Messages = job.TakeMessages() };
        }

        var name = FileNameOf(job);
        var url = urls.Create(exchange.Http.Request, HttpMethods.Get, SignedUrls.DownloadPath + job.Bookmark);
        return new ExportStatus
        {
            AtBookmark = job.Bookmark,
            Status = "complete",
            Messages = job.TakeMessages(),
            Result = new ExportFile(name, url),
            Filename = name,
            SignedUrl = url,
        };
    }

    private static string FileNameOf(TransferJob job) => $"{job.Database}-{job.Bookmark}.sql";
}
