using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Shoal.Server.Http;

namespace Shoal.Server.Transfer;

/// <summary>Sends files.</summary>
internal static class FileReply
{
    /// <summary>A file takes room until it is sent, so a client must not be slower than a poor line.</summary>
    private static readonly MinDataRate LeastRate = new(bytesPerSecond: 16 * 1024, gracePeriod: TimeSpan.FromSeconds(10));

    /// <summary>Sends a file from its start. Its name for the client must be of harmless characters.</summary>
    public static async Task SendAsync(Exchange exchange, FileStream content, string contentType, string fileName)
    {
        if (exchange.Http.Features.Get<IHttpMinResponseDataRateFeature>() is { } rate)
        {
            rate.MinDataRate = LeastRate;
        }

        var response = exchange.Http.Response;
        response.StatusCode = StatusCodes.Status200OK;
        response.ContentLength = content.Length;
        response.Headers.ContentType = contentType;
        response.Headers.ContentDisposition = $"attachment; filename=\"{fileName}\"";
        response.Headers.CacheControl = "no-store";
        await content.CopyToAsync(response.Body, exchange.Aborted);
    }
}
