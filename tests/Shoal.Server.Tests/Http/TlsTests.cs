using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Shoal.TestKit;

namespace Shoal.Server.Tests.Http;

public sealed class TlsTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly ManualTimeProvider _time = new();

    private string CertificatePath => Path.Combine(_folder.Root, "server.pem");

    private string KeyPath => Path.Combine(_folder.Root, "server.key");

    [Fact]
    public async Task Https_is_served_by_http_1_and_2_with_the_given_certificate()
    {
        var thumbprint = WriteCertificate();
        await using var server = await StartAsync();
        foreach (var version in (Version[])[HttpVersion.Version11, HttpVersion.Version20])
        {
            var (status, shown, used) = await GetAsync(server, version);
            Assert.Equal(HttpStatusCode.OK, status);
            Assert.Equal(thumbprint, shown);
            Assert.Equal(version, used);
        }
    }

    [Fact]
    public async Task A_renewed_certificate_is_shown_without_a_restart()
    {
        var first = WriteCertificate();
        await using var server = await StartAsync();
        Assert.Equal(first, (await GetAsync(server)).Thumbprint);

        var second = WriteCertificate(DateTime.UtcNow.AddMinutes(1));
        Assert.NotEqual(first, second);
        _time.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal(second, (await GetAsync(server)).Thumbprint);
    }

    [Fact]
    public async Task A_broken_renewal_leaves_the_old_certificate_in_use()
    {
        var thumbprint = WriteCertificate();
        await using var server = await StartAsync();

        await File.WriteAllTextAsync(CertificatePath, "not a certificate", TestContext.Current.CancellationToken);
        File.SetLastWriteTimeUtc(CertificatePath, DateTime.UtcNow.AddMinutes(1));
        _time.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal(thumbprint, (await GetAsync(server)).Thumbprint);
    }

    [Fact]
    public async Task Certificate_and_key_that_do_not_belong_together_are_refused_at_the_start()
    {
        WriteCertificate();
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await File.WriteAllTextAsync(KeyPath, other.ExportPkcs8PrivateKeyPem(), TestContext.Current.CancellationToken);

        var error = await Assert.ThrowsAsync<ArgumentException>(StartAsync);
        Assert.Contains($"The TLS certificate {CertificatePath} with the key {KeyPath} can not be used", error.Message,
            StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private Task<ShoalServer> StartAsync() => ShoalServer.StartAsync(new ServerOptions
    {
        DataFolder = Path.Combine(_folder.Root, "data"),
        Urls = ["https://127.0.0.1:0"],
        TlsCertificatePath = CertificatePath,
        TlsKeyPath = KeyPath,
        TimeProvider = _time,
    });

    private string WriteCertificate(DateTime? changed = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        File.WriteAllText(CertificatePath, certificate.ExportCertificatePem());
        File.WriteAllText(KeyPath, key.ExportPkcs8PrivateKeyPem());
        if (changed is { } time)
        {
            File.SetLastWriteTimeUtc(CertificatePath, time);
        }

        return certificate.Thumbprint;
    }

    private static async Task<(HttpStatusCode Status, string? Thumbprint, Version Used)> GetAsync(
        ShoalServer server, Version? version = null)
    {
        string? thumbprint = null;
        using var handler = new SocketsHttpHandler
        {
            SslOptions = new SslClientAuthenticationOptions
            {
                RemoteCertificateValidationCallback = (_, certificate, _, _) =>
                {
                    // Which one it is, is what the tests look at.
                    thumbprint = certificate?.GetCertHashString();
                    return thumbprint is not null;
                },
            },
        };
        using var client = new HttpClient(handler);
        using var request = new HttpRequestMessage(HttpMethod.Get, server.Addresses[0] + "/health")
        {
            Version = version ?? HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
        return (response.StatusCode, thumbprint, response.Version);
    }
}
