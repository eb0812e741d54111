using Microsoft.AspNetCore.Http;
using Shoal.Protocol.Http;

namespace Shoal.Server.Auth;

/// <summary>Finds the secret in a request's headers.</summary>
internal static class TokenReader
{
    private const string Bearer = "Bearer ";

    /// <summary>The secret; empty when the request carries none. Cost: no allocation.</summary>
    public static ReadOnlySpan<char> Read(IHeaderDictionary headers)
    {
        if (headers.Authorization is [{ } authorization])
        {
            return authorization.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase)
                ? authorization.AsSpan(Bearer.Length).Trim()
                : default;
        }

        if (headers[WireHeader.AuthKey] is [{ } key] && headers[WireHeader.AuthEmail].Count == 1)
        {
            return key.AsSpan().Trim();
        }

        return headers[WireHeader.AuthUserServiceKey] is [{ } serviceKey] ? serviceKey.AsSpan().Trim() : default;
    }
}
