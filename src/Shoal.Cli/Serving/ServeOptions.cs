using System.CommandLine;
using Shoal.Cli.Configuration;
using Shoal.Cli.Output;
using Shoal.Server;

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

    /// <summary>Adds everything but data folder and token, which other commands share.</summary>
    public void AddLimitsTo(CliCommand command)
    {
        command.Add(_urls);
        command.Add(_queryTimeout);
        command.Add(_maxBody);
        command.Add(_maxResponse);
        command.Add(_maxImport);
    }

    public IReadOnlyList<Setting> Read(CommandContext context) =>
    [
        context.Settings.Read("urls", context.Arguments.GetValue(_urls), Defaults.Urls[0]),
        context.Settings.Read("query-timeout", context.Arguments.GetValue(_queryTimeout), "30s"),
        context.Settings.Read("max-body", context.Arguments.GetValue(_maxBody), "16MiB"),
        context.Settings.Read("max-response", context.Arguments.GetValue(_maxResponse), "64MiB"),
        context.Settings.Read("max-import", context.Arguments.GetValue(_maxImport), "5GB"),
    ];

    public ServerOptions ToServerOptions(CommandContext context, string dataFolder, string? developmentToken)
    {
        var settings = Read(context);
        return new ServerOptions
        {
            DataFolder = dataFolder,
            DevelopmentToken = developmentToken,
            Urls = ParseUrls(settings[0]),
            QueryTimeout = Units.TryParseDuration(settings[1].Value!, out var timeout) ? timeout
                : throw Invalid(settings[1], "a time like 30s, 500ms or 2m"),
            RequestBodyBytesMax = ParseSize(settings[2]),
            ResponseBytesMax = ParseSize(settings[3]),
            ImportBytesMax = ParseSize(settings[4]),
        };
    }

    private static string[] ParseUrls(Setting setting)
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
            if (!Uri.TryCreate(parsable, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https")
                || address.AbsolutePath != "/")
            {
                throw Invalid(setting, "an address like http://127.0.0.1:8787");
            }
        }

        return urls;
    }

    private static long ParseSize(Setting setting) => Units.TryParseBytes(setting.Value!, out var bytes) ? bytes
        : throw Invalid(setting, "a size like 16MiB or 5GB");

    private static CliException Invalid(Setting setting, string expected) => CliException.Usage(
        $"\"{setting.Value}\" ({setting.Source}) is not valid for {setting.Name}", $"it is {expected}");
}
