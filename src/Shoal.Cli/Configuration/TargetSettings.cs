using System.CommandLine;
using Shoal.Cli.Targets;

namespace Shoal.Cli.Configuration;

/// <summary>Where databases are: a server or a data folder, and on whose behalf.</summary>
/// <param name="Url">The server, when <see cref="UsesFolder"/> is false.</param>
/// <param name="Token">What authorises at the server.</param>
/// <param name="Account">The account.</param>
/// <param name="Data">The data folder, when <see cref="UsesFolder"/> is true.</param>
internal sealed record TargetSettings(Setting Url, Setting Token, Setting Account, Setting Data)
{
    public const string DefaultUrl = "http://127.0.0.1:8787";

    /// <summary>Databases belong to an account; who has only one need not name it.</summary>
    public const string DefaultAccount = "shoal";

    /// <summary>A folder wins over a server where it is named closer: flag, then environment, then profile.</summary>
    public bool UsesFolder => Data.Value is not null && Data.Origin < Url.Origin;

    public static TargetSettings Read(SettingsReader settings, ParseResult arguments, TargetOptions options)
    {
        var read = new TargetSettings(
            Url: settings.Read("url", arguments.GetValue(options.Url), DefaultUrl),
            Token: settings.Read("token", arguments.GetValue(options.Token)),
            Account: settings.Read("account", arguments.GetValue(options.Account), DefaultAccount),
            Data: settings.Read("data", arguments.GetValue(options.Data)));
        if (read.Data.Value is not null && read.Data.Origin == read.Url.Origin)
        {
            throw CliException.Usage(
                $"{read.Data.Source} and {read.Url.Source} are both given: a data folder and a server",
                "give one of them; `shoal config print` shows where each comes from");
        }

        return read;
    }

    public async Task<ITarget> OpenAsync(CliConsole console, bool createFolder, CancellationToken cancellationToken) =>
        UsesFolder
            ? await FolderTarget.OpenAsync(console.FullPath(Data.Value!), Account.Value!, createFolder, cancellationToken)
            : ServerTarget.Open(Url.Value!, Token.Value, Account.Value!);
}
