using System.Security.Cryptography;
using Shoal.Server.Http;
using Shoal.Server.Items;

namespace Shoal.Server;

/// <summary>Finds every mistake in the options at once.</summary>
internal static class OptionsValidation
{
    public static List<string> Validate(ServerOptions options)
    {
        var problems = new List<string>();
        Check(options.DataFolder.Length > 0, "DataFolder must not be empty.");
        Check(options.Urls.Count > 0, "Urls must hold at least one address, such as http://127.0.0.1:8787.");
        foreach (var url in options.Urls)
        {
            var secure = url.StartsWith("https://", StringComparison.OrdinalIgnoreCase);
            Check(secure || url.StartsWith("http://", StringComparison.OrdinalIgnoreCase),
                $"Urls: \"{url}\" must start with http:// or https://.");
            Check(!secure || options.TlsCertificatePath is not null,
                $"Urls: \"{url}\" needs a certificate: set TlsCertificatePath, --tls-certificate on the command line.");
        }

        foreach (var url in options.MetricsUrls)
        {
            Check(Uri.TryCreate(url, UriKind.Absolute, out var address) && address.IsLoopback && address.Scheme == "http",
                $"MetricsUrls: \"{url}\" must be an address of this machine, such as http://127.0.0.1:9464: it asks for no token.");
        }

        ItemsValidation.Validate(options, problems);
        Check(options.OtlpEndpoint is null or { IsAbsoluteUri: true, Scheme: "http" or "https" },
            "OtlpEndpoint must be an http or https address, such as http://127.0.0.1:4318.");
        Check(options.TlsKeyPath is null || options.TlsCertificatePath is not null,
            "TlsKeyPath needs TlsCertificatePath, --tls-certificate on the command line.");
        CheckCertificate(options, problems);

        Check(options.PublicUrl is null || Uri.IsWellFormedUriString(options.PublicUrl, UriKind.Absolute),
            "PublicUrl must be an absolute URL, such as https://d1.example.com.");
        Check(options.DevelopmentToken is null or { Length: > 0 }, "DevelopmentToken must not be empty.");
        Positive(options.QueryTimeout.Ticks, nameof(options.QueryTimeout));
        Positive(options.ShutdownTimeout.Ticks, nameof(options.ShutdownTimeout));
        Check(options.DrainDelay >= TimeSpan.Zero, "DrainDelay must not be negative.");
        Positive(options.RequestBodyBytesMax, nameof(options.RequestBodyBytesMax));
        Check(options.RequestBodyBytesMax <= 1 << 30, "RequestBodyBytesMax must be at most 1 GiB.");
        Positive(options.ResponseBytesMax, nameof(options.ResponseBytesMax));
        Positive(options.RequestMemoryBytesMax, nameof(options.RequestMemoryBytesMax));
        Positive(options.ImportBytesMax, nameof(options.ImportBytesMax));
        Positive(options.ConnectionsMax, nameof(options.ConnectionsMax));
        // Four pages are the least that a database can be; a connection's cache of pages, which counts too, has 2 MB.
        Check(options.Limits.DatabaseBytesMax >= 16 * 1024, "Limits.DatabaseBytesMax must be at least 16 KiB.");
        Check(options.Limits.QueryMemoryBytesMax >= 8 * 1024 * 1024, "Limits.QueryMemoryBytesMax must be at least 8 MiB.");
        Positive(options.Limits.QueryTemporaryBytesMax, "Limits.QueryTemporaryBytesMax");
        Positive(options.Transfers.JobsMax, "Transfers.JobsMax");
        Positive(options.Transfers.RunningMax, "Transfers.RunningMax");
        Positive(options.Transfers.DownloadsMax, "Transfers.DownloadsMax");
        Positive(options.Transfers.JobsPerDatabaseMax, "Transfers.JobsPerDatabaseMax");
        Positive(options.Transfers.UploadsPerDatabaseMax, "Transfers.UploadsPerDatabaseMax");
        Positive(options.Transfers.UploadsMax, "Transfers.UploadsMax");
        Positive(options.Transfers.StoredBytesMax, "Transfers.StoredBytesMax");
        Positive(options.Transfers.Age.Ticks, "Transfers.Age");
        return problems;

        void Check(bool holds, string problem)
        {
            if (!holds)
            {
                problems.Add(problem);
            }
        }

        void Positive(long value, string name) => Check(value > 0, $"{name} must be greater than zero.");
    }

    private static void CheckCertificate(ServerOptions options, List<string> problems)
    {
        if (options.TlsCertificatePath is not { } certificate)
        {
            return;
        }

        var key = options.TlsKeyPath ?? certificate;
        try
        {
            TlsCertificate.Load(certificate, key);
        }
        catch (Exception error) when (error is CryptographicException or IOException or UnauthorizedAccessException)
        {
            problems.Add($"The TLS certificate {certificate} with the key {key} can not be used: {error.Message} "
                + "Both must be PEM files that belong together, the key not encrypted.");
        }
    }
}
