using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Shoal.Cli.Syncing;

/// <summary>Lets in who has the token; without a token, who asks this machine by its own names.</summary>
internal sealed class ListenerGuard(string? token)
{
    private const string Scheme = "Bearer ";

    // Compared as hashes, so that the time tells nothing.
    private readonly byte[]? _expected = string.IsNullOrEmpty(token) ? null : Hash(token);

    public Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (_expected is not null)
        {
            var header = context.Request.Headers.Authorization.ToString();
            var isKnown = context.Request.Path == "/health" || (header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
                && CryptographicOperations.FixedTimeEquals(Hash(header[Scheme.Length..].Trim()), _expected));
            return isKnown ? next(context) : QueueEndpoints.Problem(StatusCodes.Status401Unauthorized, "the token is missing or wrong",
                "send Authorization: Bearer TOKEN, as given to --listen-token").ExecuteAsync(context);
        }

        // A page in a browser can give a name of its own to this machine's address, but not hide it.
        var host = context.Request.Host.Host.Trim('[', ']');
        return host == "localhost" || IPAddress.TryParse(host, out _) ? next(context)
            : QueueEndpoints.Problem(StatusCodes.Status403Forbidden, "without a token this machine is only reached by its address",
                "use http://127.0.0.1, or --listen-token").ExecuteAsync(context);
    }

    private static byte[] Hash(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));
}
