using Microsoft.AspNetCore.Http;
using Shoal.Server.Http;

namespace Shoal.Server.Transfer;

/// <summary>Sends files.</summary>
internal static class FileReply
{
    public static async Task SendAsync(Exchange exchange, SpoolFile file, string contentType, string fileName)
    {
        await using var content = file.OpenRead();
        Announce(exchange, contentType, fileName);
        exchange.Http.Response.ContentLength = content.Length;
        await content.CopyToAsync(exchange.Http.Response.Body, exchange.Aborted);
    }

    /// <summary>Says what follows. The file name must be of harmless characters.</summary>
    public static void Announce(Exchange exchange, string contentType, string fileName)
    {
        var response = exchange.Http.Response;
        response.StatusCode = StatusCodes.Status200OK;
        response.Headers.ContentType = contentType;
        response.Headers.ContentDisposition = $"attachment; filename=\"{fileName}\"";
        response.Headers.CacheControl = "no-store";
    }
}
