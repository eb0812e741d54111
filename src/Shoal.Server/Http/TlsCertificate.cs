using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging;

namespace Shoal.Server.Http;

/// <summary>The server's TLS certificate, read again when its files have changed, so that a renewal needs no restart.</summary>
/// <remarks>Thread: safe for any. A new certificate that can not be read is logged, and the old one stays in use.</remarks>
internal sealed class TlsCertificate
{
    private static readonly TimeSpan CheckInterval = TimeSpan.FromSeconds(10);

    private readonly string _certificatePath;
    private readonly string _keyPath;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Lock _gate = new();
    private volatile SslStreamCertificateContext _current;
    private DateTime _changed;
    private long _checked;

    public TlsCertificate(ServerOptions options)
    {
        _certificatePath = options.TlsCertificatePath!;
        _keyPath = options.TlsKeyPath ?? _certificatePath;
        _time = options.TimeProvider;
        _logger = options.LoggerFactory.CreateLogger<TlsCertificate>();
        _changed = LastChange();
        _checked = _time.GetTimestamp();
        _current = Load(_certificatePath, _keyPath);
    }

    /// <summary>The certificate to show now, with its intermediates.</summary>
    public SslStreamCertificateContext Current
    {
        get
        {
            if (_time.GetElapsedTime(Interlocked.Read(ref _checked)) >= CheckInterval)
            {
                ReadAgainIfChanged();
            }

            return _current;
        }
    }

    /// <summary>Shows the certificate on addresses that start with <c>https://</c>, if there is one.</summary>
    public static void Use(KestrelServerOptions kestrel, ServerOptions options)
    {
        if (options.TlsCertificatePath is null)
        {
            return;
        }

        var certificate = new TlsCertificate(options);
        kestrel.ConfigureHttpsDefaults(https =>
        {
            https.ServerCertificate = certificate.Current.TargetCertificate;
            https.OnAuthenticate = (_, tls) => tls.ServerCertificateContext = certificate.Current;
        });
    }

    /// <summary>Reads a PEM certificate, its chain and its key.</summary>
    /// <exception cref="CryptographicException">They are no certificate and key, or do not belong together.</exception>
    /// <exception cref="IOException">A file can not be read.</exception>
    public static SslStreamCertificateContext Load(string certificatePath, string keyPath)
    {
        var certificate = ReadPair(certificatePath, keyPath);
        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(certificatePath);

        // The first one is the certificate itself.
        chain.RemoveAt(0);
        return SslStreamCertificateContext.Create(certificate, chain, offline: true);
    }

    private static X509Certificate2 ReadPair(string certificatePath, string keyPath)
    {
        try
        {
            return X509Certificate2.CreateFromPemFile(certificatePath, keyPath);
        }
        catch (ArgumentException error)
        {
            throw new CryptographicException(error.Message, error);
        }
    }

    private void ReadAgainIfChanged()
    {
        lock (_gate)
        {
            Interlocked.Exchange(ref _checked, _time.GetTimestamp());
            try
            {
                var changed = LastChange();
                if (changed != _changed)
                {
                    _current = Load(_certificatePath, _keyPath);
                    _changed = changed;
                    _logger.CertificateRead(_certificatePath, _current.TargetCertificate.NotAfter);
                }
            }
            catch (Exception error) when (error is CryptographicException or IOException or UnauthorizedAccessException)
            {
                _logger.CertificateNotRead(_certificatePath, error);
            }
        }
    }

    private DateTime LastChange()
    {
        var certificate = File.GetLastWriteTimeUtc(_certificatePath);
        var key = File.GetLastWriteTimeUtc(_keyPath);
        return certificate > key ? certificate : key;
    }
}
