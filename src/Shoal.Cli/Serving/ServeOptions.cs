using System.CommandLine;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using Shoal.Cli.Configuration;
using Shoal.Cli.History;
using Shoal.Cli.Output;
using Shoal.Engine;
using Shoal.Engine.History;
using Shoal.Server;
using Shoal.Server.Items.Auth;

namespace Shoal.Cli.Serving;

/// <summary>The options of a server, and how they become <see cref="ServerOptions"/>.</summary>
internal sealed class ServeOptions
{
    private static readonly ServerOptions Defaults = new() { DataFolder = "data" };

    private readonly Option<string?> _urls = new("--urls")
    {
        Description = $"Addresses to listen on, separated by ; (SHOAL_URLS). Default {Defaults.Urls[0]}: only this machine.",
        HelpName = "URLS",
    };

    private readonly Option<string?> _queryTimeout = new("--query-timeout")
    {
        Description = "How long one request may run SQL, like 30s or 500ms. Default 30s.",
        HelpName = "TIME",
    };

    private readonly Option<string?> _maxBody = new("--max-body")
    {
        Description = "Largest request body, imports excepted. Default 16MiB.",
        HelpName = "SIZE",
    };

    private readonly Option<string?> _maxResponse = new("--max-response")
    {
        Description = "Largest response of one query request. Default 64MiB.",
        HelpName = "SIZE",
    };

    private readonly Option<string?> _maxImport = new("--max-import")
    {
        Description = "Largest import file. Default 5GB.",
        HelpName = "SIZE",
    };

    private readonly Option<string?> _maxDatabase = new("--max-database")
    {
        Description = "Largest database. Default 10GB.",
        HelpName = "SIZE",
    };

    private readonly Option<string?> _queryMemory = new("--query-memory")
    {
        Description = "Memory that the SQL of one request may take. Default 128MiB.",
        HelpName = "SIZE",
    };

    private readonly Option<string?> _queryTemporary = new("--query-temporary")
    {
        Description = "Temporary files that the SQL of one request may have, as for sorts; SQLITE_TMPDIR says where. Default 10GB.",
        HelpName = "SIZE",
    };

    private readonly Option<string?> _durability = new("--durability")
    {
        Description = "When a commit is durable: when it is in the commit log (log: one flush for all databases) or in the "
            + "database's own WAL (sqlite). Default: as the data folder was written last, for a new one log.",
        HelpName = "MODE",
    };

    private readonly Option<string?> _history = new("--history")
    {
        Description = "Days that databases can be restored to, in durability mode log; 0 keeps no history. Default 30.",
        HelpName = "DAYS",
    };

    private readonly Option<string?> _historySize = new("--history-size")
    {
        Description = "Size of all history; past it the oldest goes before its time. Default: a quarter of the disk.",
        HelpName = "SIZE",
    };

    private readonly Option<string?> _historyStore = new("--history-store")
    {
        Description = "Where copies of history go, so that a lost node can be made anew by `shoal restore`: s3://BUCKET/PREFIX, or a "
            + "folder of another disk. Each node needs a prefix of its own. Default: nowhere.",
        HelpName = "STORE",
    };

    private readonly Option<string?> _historyEndpoint = new("--history-endpoint")
    {
        Description = "Address of the S3-compatible server of --history-store, like http://127.0.0.1:7480. Default: Amazon's.",
        HelpName = "URL",
    };

    private readonly Option<string?> _historyRegion = new("--history-region")
    {
        Description = "Region of the bucket of --history-store. Default: what AWS_REGION says.",
        HelpName = "REGION",
    };

    private readonly Option<string?> _historyUploadInterval = new("--history-upload-interval")
    {
        Description = "How often commits go to --history-store: what is lost with a machine. At least 1s. Default 60s.",
        HelpName = "TIME",
    };

    private readonly Option<string?> _backupVerifyEvery = new("--backup-verify-every")
    {
        Description = "Restore ten random databases into scratch files this often, like 24h, and check them. Default: never.",
        HelpName = "TIME",
    };

    private readonly Option<string?> _metricsUrls = new("--metrics-urls")
    {
        Description = "Addresses of this machine that serve /metrics without a token, separated by ; like http://127.0.0.1:9464.",
        HelpName = "URLS",
    };

    private readonly Option<string?> _otlpEndpoint = new("--otlp-endpoint")
    {
        Description = "Collector that metrics are sent to by OTLP over HTTP, like http://127.0.0.1:4318.",
        HelpName = "URL",
    };

    private readonly Option<string?> _tlsCertificate = new("--tls-certificate")
    {
        Description = "PEM file with the certificate and its intermediates, for addresses that start with https://. Read again "
            + "when it changes.",
        HelpName = "FILE",
    };

    private readonly Option<string?> _tlsKey = new("--tls-key")
    {
        Description = "PEM file with the certificate's key. Default: the certificate's file.",
        HelpName = "FILE",
    };

    private readonly Option<string?> _minFree = new("--min-free")
    {
        Description = "Free space on the disk below which writes are refused; 0 for never. Default 256MiB, on a small disk a "
            + "tenth of it.",
        HelpName = "SIZE",
    };

    private readonly Option<string?> _publicUrl = new("--public-url")
    {
        Description = "Address that clients reach the server by when a proxy changes it, for links to uploads and exports.",
        HelpName = "URL",
    };

    private readonly Option<bool> _createOnUse = new("--create-on-use")
    {
        Description = "Create a database when a Worker's binding first uses its name, if the binding's token may write.",
    };

    private readonly Option<string?> _itemsUrls = new("--items-urls")
    {
        Description = "Addresses that serve items by DynamoDB's protocol, separated by ; like http://127.0.0.1:8000.",
        HelpName = "URLS",
    };

    private readonly Option<string?> _itemsAuth = new("--items-auth")
    {
        Description = "How signatures of item requests are looked at: none, format or verify. Default format, which only looks at "
            + "their form.",
        HelpName = "MODE",
    };

    private readonly Option<string?> _itemsKeys = new("--items-keys")
    {
        Description = "File with access keys of item requests: a line each with id, secret, account and database.",
        HelpName = "FILE",
    };

    private readonly Option<string?> _logLevel = new("--log-level")
    {
        Description = "What is logged to standard error: debug, information, warning or error. Default warning.",
        HelpName = "LEVEL",
    };

    /// <summary>Adds everything but data folder and token, which other commands share.</summary>
    public void AddLimitsTo(CliCommand command)
    {
        command.Add(_urls);
        command.Add(_tlsCertificate);
        command.Add(_tlsKey);
        command.Add(_queryTimeout);
        command.Add(_maxBody);
        command.Add(_maxResponse);
        command.Add(_maxImport);
        command.Add(_maxDatabase);
        command.Add(_queryMemory);
        command.Add(_queryTemporary);
        command.Add(_publicUrl);
        command.Add(_metricsUrls);
        command.Add(_otlpEndpoint);
        command.Add(_itemsUrls);
        command.Add(_itemsAuth);
        command.Add(_itemsKeys);
        command.Add(_durability);
        command.Add(_history);
        command.Add(_historySize);
        command.Add(_historyStore);
        command.Add(_historyEndpoint);
        command.Add(_historyRegion);
        command.Add(_historyUploadInterval);
        command.Add(_backupVerifyEvery);
        command.Add(_createOnUse);
        command.Add(_logLevel);
        command.Add(_minFree);
    }

    public IReadOnlyList<Setting> Read(CommandContext context) =>
    [
        context.Settings.Read("urls", context.Arguments.GetValue(_urls), Defaults.Urls[0]),
        context.Settings.Read("query-timeout", context.Arguments.GetValue(_queryTimeout), "30s"),
        context.Settings.Read("max-body", context.Arguments.GetValue(_maxBody), "16MiB"),
        context.Settings.Read("max-response", context.Arguments.GetValue(_maxResponse), "64MiB"),
        context.Settings.Read("max-import", context.Arguments.GetValue(_maxImport), "5GB"),
        context.Settings.Read("max-database", context.Arguments.GetValue(_maxDatabase), "10GB"),
        context.Settings.Read("query-memory", context.Arguments.GetValue(_queryMemory), "128MiB"),
        context.Settings.Read("query-temporary", context.Arguments.GetValue(_queryTemporary), "10GB"),
        context.Settings.Read("public-url", context.Arguments.GetValue(_publicUrl)),
        context.Settings.Read("log-level", context.Arguments.GetValue(_logLevel), "warning"),
        context.Settings.Read("durability", context.Arguments.GetValue(_durability)),
        context.Settings.Read("history", context.Arguments.GetValue(_history), "30"),
        context.Settings.Read("history-size", context.Arguments.GetValue(_historySize)),
        context.Settings.Read("history-store", context.Arguments.GetValue(_historyStore)),
        context.Settings.Read("history-endpoint", context.Arguments.GetValue(_historyEndpoint)),
        context.Settings.Read("history-region", context.Arguments.GetValue(_historyRegion)),
        context.Settings.Read("history-upload-interval", context.Arguments.GetValue(_historyUploadInterval), "60s"),
        context.Settings.Read("backup-verify-every", context.Arguments.GetValue(_backupVerifyEvery)),
        context.Settings.Read("tls-certificate", context.Arguments.GetValue(_tlsCertificate)),
        context.Settings.Read("tls-key", context.Arguments.GetValue(_tlsKey)),
        context.Settings.Read("min-free", context.Arguments.GetValue(_minFree)),
        context.Settings.Read("create-on-use", context.Arguments.GetValue(_createOnUse) ? "true" : null, "false"),
        context.Settings.Read("metrics-urls", context.Arguments.GetValue(_metricsUrls)),
        context.Settings.Read("otlp-endpoint", context.Arguments.GetValue(_otlpEndpoint)),
        context.Settings.Read("items-urls", context.Arguments.GetValue(_itemsUrls)),
        context.Settings.Read("items-auth", context.Arguments.GetValue(_itemsAuth), "format"),
        context.Settings.Read("items-keys", context.Arguments.GetValue(_itemsKeys)),
    ];

    public ServerOptions ToServerOptions(CommandContext context, string dataFolder, string? developmentToken,
        Func<string>? moreMetrics = null)
    {
        var settings = Read(context).ToDictionary(static setting => setting.Name);
        return new ServerOptions
        {
            DataFolder = dataFolder,
            DevelopmentToken = developmentToken,
            MoreMetrics = moreMetrics,
            Urls = ParseUrls(settings["urls"], settings["tls-certificate"]),
            QueryTimeout = Units.TryParseDuration(settings["query-timeout"].Value!, out var timeout) ? timeout
                : throw Invalid(settings["query-timeout"], "a time like 30s, 500ms or 2m"),
            RequestBodyBytesMax = ParseSize(settings["max-body"]),
            ResponseBytesMax = ParseSize(settings["max-response"]),
            ImportBytesMax = ParseSize(settings["max-import"]),
            Limits = new EngineLimits
            {
                DatabaseBytesMax = ParseSize(settings["max-database"]),
                QueryMemoryBytesMax = ParseSize(settings["query-memory"]),
                QueryTemporaryBytesMax = ParseSize(settings["query-temporary"]),
            },
            PublicUrl = settings["public-url"].Value is null || IsHttpAddress(settings["public-url"].Value!) ? settings["public-url"].Value
                : throw Invalid(settings["public-url"], "an address like https://d1.example.com"),
            LoggerFactory = CreateLoggerFactory(ParseLogLevel(settings["log-level"])),
            Durability = ParseDurability(settings["durability"]),
            History = new HistoryLimits
            {
                Retention = ParseDays(settings["history"]),
                BytesMax = settings["history-size"].Value is null ? null : ParseSize(settings["history-size"]),
            },
            HistoryStore = settings["history-store"].Value is { } store ? HistoryStores.Open(context, store,
                settings["history-endpoint"].Value, settings["history-region"].Value) : null,
            HistoryUploadInterval = Units.TryParseDuration(settings["history-upload-interval"].Value!, out var interval)
                && interval >= TimeSpan.FromSeconds(1) ? interval
                : throw Invalid(settings["history-upload-interval"], "a time of at least 1s, like 60s"),
            BackupVerifyInterval = settings["backup-verify-every"].Value switch
            {
                null => null,
                var text when Units.TryParseDuration(text, out var every) && every > TimeSpan.Zero => every,
                _ => throw Invalid(settings["backup-verify-every"], "a time like 24h or 30m"),
            },
            TlsCertificatePath = FullPath(context, settings["tls-certificate"]),
            TlsKeyPath = FullPath(context, settings["tls-key"]),
            FreeBytesMin = settings["min-free"].Value switch
            {
                null => null,
                "0" => 0,
                _ => ParseSize(settings["min-free"]),
            },
            CreateOnUse = ParseSwitch(settings["create-on-use"]),
            MetricsUrls = settings["metrics-urls"].Value is null ? [] : ParseUrls(settings["metrics-urls"], settings["tls-certificate"]),
            OtlpEndpoint = settings["otlp-endpoint"].Value switch
            {
                null => null,
                var address when IsHttpAddress(address) => new Uri(address),
                _ => throw Invalid(settings["otlp-endpoint"], "an address like http://127.0.0.1:4318"),
            },
            ItemsUrls = settings["items-urls"].Value is null ? [] : ParseUrls(settings["items-urls"], settings["tls-certificate"]),
            ItemsAuth = ParseItemsAuth(settings["items-auth"]),
            ItemsKeysPath = FullPath(context, settings["items-keys"]),
        };
    }

    private static string? FullPath(CommandContext context, Setting setting) =>
        setting.Value is { } path ? context.Console.FullPath(path) : null;

    private static DurabilityMode? ParseDurability(Setting setting) => setting.Value switch
    {
        null => null,
        "log" => DurabilityMode.Log,
        "sqlite" => DurabilityMode.Sqlite,
        _ => throw Invalid(setting, "log or sqlite"),
    };

    private static TimeSpan ParseDays(Setting setting) =>
        int.TryParse(setting.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var days) && days <= 3_650
            ? TimeSpan.FromDays(days)
            : throw Invalid(setting, "a number of days like 30, at most 3650");

    private static ItemsAuthMode ParseItemsAuth(Setting setting) => setting.Value switch
    {
        "none" => ItemsAuthMode.None,
        "format" => ItemsAuthMode.Format,
        "verify" => ItemsAuthMode.Verify,
        _ => throw Invalid(setting, "none, format or verify"),
    };

    private static bool ParseSwitch(Setting setting) => setting.Value switch
    {
        "true" => true,
        "false" => false,
        _ => throw Invalid(setting, "true or false"),
    };

    private static string[] ParseUrls(Setting setting, Setting certificate)
    {
        var urls = setting.Value!.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (urls.Length == 0)
        {
            throw Invalid(setting, "an address like http://127.0.0.1:8787");
        }

        foreach (var url in urls)
        {
            // * and + stand for all addresses of the machine and are no part of a URL's grammar.
            var parsable = url.Replace("://*", "://0.0.0.0", StringComparison.Ordinal)
                .Replace("://+", "://0.0.0.0", StringComparison.Ordinal);
            if (!IsHttpAddress(parsable) || new Uri(parsable).AbsolutePath != "/")
            {
                throw Invalid(setting, "an address like http://127.0.0.1:8787");
            }

            if (url.StartsWith("https:", StringComparison.OrdinalIgnoreCase) && certificate.Value is null)
            {
                throw CliException.Usage($"{url} ({setting.Source}) needs a certificate",
                    "give one with --tls-certificate FILE, or put a proxy in front and tell --public-url");
            }
        }

        return urls;
    }

    private static bool IsHttpAddress(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is ("http" or "https");

    private static LogLevel ParseLogLevel(Setting setting) => setting.Value switch
    {
        "debug" => LogLevel.Debug,
        "information" => LogLevel.Information,
        "warning" => LogLevel.Warning,
        "error" => LogLevel.Error,
        _ => throw Invalid(setting, "debug, information, warning or error"),
    };

    private static ILoggerFactory CreateLoggerFactory(LogLevel level) => LoggerFactory.Create(logging => logging
        .SetMinimumLevel(level)

        // The web framework warns of what is meant to be so, such as HTTP/1.1 without TLS.
        .AddFilter("Microsoft", level < LogLevel.Warning ? level : LogLevel.Error)

        // What keeps the server from starting is this command's error message.
        .AddFilter("Microsoft.Extensions.Hosting", level < LogLevel.Warning ? level : LogLevel.None)
        .AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.UseUtcTimestamp = true;
            console.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ";
        })
        .Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace));

    private static long ParseSize(Setting setting) => Units.TryParseBytes(setting.Value!, out var bytes) ? bytes
        : throw Invalid(setting, "a size like 16MiB or 5GB");

    private static CliException Invalid(Setting setting, string expected) => CliException.Usage(
        $"\"{setting.Value}\" ({setting.Source}) is not valid for {setting.Name}", $"it is {expected}");
}
