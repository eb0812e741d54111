using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Shoal.Cli.Syncing;

/// <summary>An answer that says when to ask again.</summary>
internal sealed class RetryLater(IResult answer, TimeSpan after) : IResult
{
    public Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Response.Headers.RetryAfter = Math.Max(1, Math.Ceiling(after.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        return answer.ExecuteAsync(httpContext);
    }
}
