using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Shoal.Server.Http;

namespace Shoal.Server.Transfer;

/// <summary>URLs that work without credentials, for one file, one method and a while.</summary>
/// <remarks>Signed with HMAC-SHA-256 by a key that lives as long as the process: the files do not survive it either.</remarks>
internal sealed class SignedUrls(ServerOptions options)
{
    public const string UploadPath = "/transfers/uploads/";
    public const string DownloadPath = "/transfers/exports/";

    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);

    /// <summary>A URL that allows a method on a path from now for <see cref="TransferLimits.Age"/>.</summary>
    public string Create(HttpRequest request, string method, string path)
    {
        var expires = options.TimeProvider.GetUtcNow().Add(options.Transfers.Age).ToUnixTimeSeconds();
        var origin = options.PublicUrl?.TrimEnd('/') ?? $"{request.Scheme}://{request.Host}";
        return string.Create(CultureInfo.InvariantCulture,
            $"{origin}{path}?expires={expires}&signature={Sign(method, path, expires)}");
    }

    /// <summary>Checks the signature of a request.</summary>
    /// <exception cref="RequestException">It is not ours, or too old.</exception>
    public void Verify(HttpRequest request)
    {
        var parsed = long.TryParse(request.Query["expires"].ToString(), NumberStyles.None, CultureInfo.InvariantCulture,
            out var expires);
        var expected = Encoding.ASCII.GetBytes(Sign(request.Method, request.Path.Value ?? "", expires));
        var given = Encoding.UTF8.GetBytes(request.Query["signature"].ToString());
        if (!parsed || !CryptographicOperations.FixedTimeEquals(expected, given))
        {
            throw new RequestException(RequestErrorKind.UrlNotValid, "The URL's signature is not valid");
        }

        if (options.TimeProvider.GetUtcNow().ToUnixTimeSeconds() >= expires)
        {
            throw new RequestException(RequestErrorKind.UrlNotValid, "The URL has expired; start the transfer again");
        }
    }

    private string Sign(string method, string path, long expires)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"{method}\n{path}\n{expires}");
        return Convert.ToHexStringLower(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(text)));
    }
}
