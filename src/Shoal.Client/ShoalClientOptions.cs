using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Shoal.Client.Retry;

namespace Shoal.Client;

/// <summary>Settings of a <see cref="ShoalClient"/>. Change them with <c>with</c>, before the client is made.</summary>
public sealed record ShoalClientOptions
{
    /// <summary>
    /// Where the server is: scheme, host and port. A path is kept. For Cloudflare D1 <c>https://api.cloudflare.com</c>.
    /// </summary>
    public required Uri Address { get; init; }

    /// <summary>The account that owns the databases. Default <c>shoal</c>, a server's default account.</summary>
    public string Account { get; init; } = "shoal";

    /// <summary>The API token; null sends none.</summary>
    public string? Token { get; init; }

    /// <summary>What answers at <see cref="Address"/>. Default a Shoal server.</summary>
    public ShoalTarget Target { get; init; }

    /// <summary>What a request may hold; null takes <see cref="TargetLimits.Of"/> the target.</summary>
    public TargetLimits? Limits { get; init; }

    /// <summary>How long one attempt may take, its reply included. Default 40 s: more than the 30 s that SQL may run.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(40);

    /// <summary>When requests are sent again.</summary>
    public RetryOptions Retry { get; init; } = new();

    /// <summary>Largest reply that is read. Units: bytes. Default 128 MiB, twice what a Shoal server sends.</summary>
    public int ReplyBytesMax { get; init; } = 128 * 1024 * 1024;

    /// <summary>
    /// Connections to the server at once, for a client that makes its own. Default 64: a server's throughput is reached well
    /// below, and thousands of databases share them.
    /// </summary>
    public int ConnectionsMax { get; init; } = 64;

    /// <summary>The clock of time-outs and waits. Default: the system's.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Where log messages go. Default: nowhere.</summary>
    public ILoggerFactory LoggerFactory { get; init; } = NullLoggerFactory.Instance;

    internal TargetLimits EffectiveLimits => Limits ?? TargetLimits.Of(Target);

    internal void Validate()
    {
        ArgumentNullException.ThrowIfNull(Address);
        var wrong = new List<string>();
        if (!Address.IsAbsoluteUri || Address.Scheme is not ("http" or "https"))
        {
            wrong.Add($"{nameof(Address)} must be an absolute http or https address; it is '{Address}'");
        }

        if (string.IsNullOrEmpty(Account))
        {
            wrong.Add($"{nameof(Account)} must not be empty");
        }

        if (Timeout <= TimeSpan.Zero)
        {
            wrong.Add($"{nameof(Timeout)} must be more than zero");
        }

        if (ReplyBytesMax < 1024 || ConnectionsMax < 1)
        {
            wrong.Add($"{nameof(ReplyBytesMax)} must be at least 1,024 and {nameof(ConnectionsMax)} at least 1");
        }

        Retry.Validate(wrong);
        if (wrong.Count > 0)
        {
            throw new ArgumentException(string.Join("; ", wrong), nameof(ShoalClientOptions));
        }
    }
}
