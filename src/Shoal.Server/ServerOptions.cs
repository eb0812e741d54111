using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Shoal.Engine;
using Shoal.Engine.History;
using Shoal.Engine.History.Stores;
using Shoal.Protocol;
using Shoal.Server.Items.Auth;

namespace Shoal.Server;

/// <summary>How a Shoal server listens and what it admits. Immutable after start.</summary>
public sealed class ServerOptions
{
    /// <summary>The data folder; created when missing. Required.</summary>
    public required string DataFolder { get; init; }

    /// <summary>Addresses to listen on. Default <c>http://127.0.0.1:8787</c>: only this machine.</summary>
    public IReadOnlyList<string> Urls { get; init; } = ["http://127.0.0.1:8787"];

    /// <summary>
    /// Addresses of this machine that serve <c>/metrics</c> without a token, such as <c>http://127.0.0.1:9464</c>. Empty
    /// (default): <c>/metrics</c> is on <see cref="Urls"/> only, and needs a token.
    /// </summary>
    public IReadOnlyList<string> MetricsUrls { get; init; } = [];

    /// <summary>
    /// Families that <c>/metrics</c> ends with, in Prometheus' text format, of what runs beside. Null (default) for none.
    /// </summary>
    public Func<string>? MoreMetrics { get; init; }

    /// <summary>
    /// Addresses that serve items by DynamoDB's protocol, such as <c>http://127.0.0.1:8000</c>. Empty (default): items are not
    /// served.
    /// </summary>
    public IReadOnlyList<string> ItemsUrls { get; init; } = [];

    /// <summary>
    /// How the items endpoint looks at signatures. Default <see cref="ItemsAuthMode.Format"/>, which does not compare them, as
    /// local DynamoDB servers; on addresses that other machines reach it must be <see cref="ItemsAuthMode.Verify"/>.
    /// </summary>
    public ItemsAuthMode ItemsAuth { get; init; }

    /// <summary>
    /// File with access keys of the items endpoint: a line each with id, secret, account and database. Null (default): every key is
    /// taken for <see cref="ItemsDatabase"/>.
    /// </summary>
    public string? ItemsKeysPath { get; init; }

    /// <summary>
    /// Where the items of access keys are that <see cref="ItemsKeysPath"/> does not name, in <see cref="DefaultAccount"/>; created
    /// when first used. Default <c>items</c>.
    /// </summary>
    public string ItemsDatabase { get; init; } = "items";

    /// <summary>
    /// A collector that metrics are sent to by OTLP over HTTP, once a minute, such as <c>http://127.0.0.1:4318</c>. Null
    /// (default): they are not sent.
    /// </summary>
    public Uri? OtlpEndpoint { get; init; }

    /// <summary>
    /// PEM file with the certificate for addresses that start with <c>https://</c>, and its intermediates. Null (default) for
    /// none. Read again when it changes.
    /// </summary>
    public string? TlsCertificatePath { get; init; }

    /// <summary>PEM file with the certificate's key, not encrypted. Null (default): it is in the certificate's file.</summary>
    public string? TlsKeyPath { get; init; }

    /// <summary>
    /// The address that clients reach the server by, for the URLs of uploads and downloads. Null (default): the scheme and host
    /// of each request, which is right unless a proxy changes them.
    /// </summary>
    public string? PublicUrl { get; init; }

    /// <summary>A token with all rights on every account, kept in memory only; null (default) for none.</summary>
    public string? DevelopmentToken { get; init; }

    /// <summary>
    /// The account that is shown to clients that ask for their accounts while no database exists. Default <c>shoal</c>; any text
    /// of letters, digits, <c>-</c> and <c>_</c> is an account.
    /// </summary>
    public string DefaultAccount { get; init; } = "shoal";

    /// <summary>
    /// Whether a binding that names a database that does not exist creates it, if its token may. Default false: it is told so.
    /// </summary>
    public bool CreateOnUse { get; init; }

    /// <summary>How closely requests follow D1 that do not say so themselves. Default: strictly.</summary>
    public CompatibilityLevel Compatibility { get; init; } = CompatibilityLevel.Strict;

    /// <summary>What <c>meta.served_by_region</c> and a database's region say (WEUR, say). Null (default): they are left out.</summary>
    public string? Region { get; init; }

    /// <summary>What <c>meta.served_by_colo</c> says. Null (default): it is left out.</summary>
    public string? Colo { get; init; }

    /// <summary>How long one request may run SQL. Default 30 s, as D1.</summary>
    public TimeSpan QueryTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long requests that run may take to finish when the server stops. Default 30 s: a request's own limit.</summary>
    public TimeSpan ShutdownTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long <c>/health</c> says <c>stopping</c> before the server stops accepting, so that a load balancer notices in time.
    /// Default zero.
    /// </summary>
    public TimeSpan DrainDelay { get; init; }

    /// <summary>Largest request body, uploads excepted. Units: bytes. Default 16 MiB.</summary>
    public long RequestBodyBytesMax { get; init; } = 16 * 1024 * 1024;

    /// <summary>Largest response of one query request. Units: bytes. Default 64 MiB.</summary>
    public long ResponseBytesMax { get; init; } = 64 * 1024 * 1024;

    /// <summary>
    /// Memory that large bodies and responses of all requests may take together; beyond it requests are answered 429. Units:
    /// bytes. Default 1 GiB.
    /// </summary>
    public long RequestMemoryBytesMax { get; init; } = 1024 * 1024 * 1024;

    /// <summary>Largest import file. Units: bytes. Default 5 GB, as D1.</summary>
    public long ImportBytesMax { get; init; } = 5_000_000_000;

    /// <summary>Connections at once. Default 20,000; more are closed as they arrive.</summary>
    public int ConnectionsMax { get; init; } = 20_000;

    /// <summary>Bounds on imports and exports.</summary>
    public TransferLimits Transfers { get; init; } = new();

    /// <summary>When a commit is durable. Default null: as the data folder was written last.</summary>
    public DurabilityMode? Durability { get; init; }

    /// <summary>How much history is kept for Time Travel.</summary>
    public HistoryLimits History { get; init; } = new();

    /// <summary>Where copies of history go, so that a lost machine can be made anew. Default null: nowhere. The caller's.</summary>
    public IObjectStore? HistoryStore { get; init; }

    /// <summary>How often they go there. Default 60 s.</summary>
    public TimeSpan HistoryUploadInterval { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How often a random sample of databases is restored into scratch files and checked. Default null: never.</summary>
    public TimeSpan? BackupVerifyInterval { get; init; }

    /// <summary>
    /// Free space on the data folder's disk below which writes are refused. Units: bytes. 0 for never. Default null: 256 MiB, on a
    /// small disk a tenth of it.
    /// </summary>
    public long? FreeBytesMin { get; init; }

    /// <summary>Bounds of the engine. <see cref="QueryTimeout"/> takes the place of the one in here.</summary>
    public EngineLimits Limits { get; init; } = new();

    /// <summary>The clock. Default: the system's.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Where log messages go. Default: nowhere.</summary>
    public ILoggerFactory LoggerFactory { get; init; } = NullLoggerFactory.Instance;
}
