using System.CommandLine;
using Shoal.Cli.Configuration;

namespace Shoal.Cli.Items;

/// <summary>Where items are, and who asks.</summary>
internal sealed class ItemsOptions(TargetOptions shared)
{
    private const string DefaultEndpoint = "http://127.0.0.1:8000";

    /// <summary>The database of a data folder when none is named; <c>ItemStore.OpenAsync</c> uses the same.</summary>
    private const string DefaultDatabase = "items";

    private readonly Option<string?> _endpoint = new("--endpoint")
    {
        Description = $"Address of the items endpoint (SHOAL_ENDPOINT). Default {DefaultEndpoint}.",
        HelpName = "URL",
    };

    private readonly Option<string?> _accessKey = new("--access-key")
    {
        Description = "Access key id (SHOAL_ACCESS_KEY). Any will do where signatures are not verified.",
        HelpName = "ID",
    };

    private readonly Option<string?> _secretKey = new("--secret-key")
    {
        Description = "Its secret (SHOAL_SECRET_KEY). Other users of the machine can see flags; prefer the variable.",
        HelpName = "SECRET",
    };

    private readonly Option<string> _database = new("--database")
    {
        Description = $"With --data: the database that holds the items. Default \"{DefaultDatabase}\".",
        HelpName = "NAME",
        DefaultValueFactory = static _ => DefaultDatabase,
    };

    public static Argument<string> Table() => new("TABLE") { Description = "Name of the table." };

    public CliCommand AddTo(CliCommand command)
    {
        command.Add(_endpoint);
        command.Add(_accessKey);
        command.Add(_secretKey);
        command.Add(shared.Data);
        command.Add(shared.Account);
        command.Add(_database);
        command.Add(shared.Json);
        return command;
    }

    /// <summary>Opens the endpoint or the data folder, whichever is named closer; the caller disposes it.</summary>
    /// <exception cref="CliException">Both are, or the address is none.</exception>
    public async Task<IItemsTarget> OpenAsync(CommandContext context, bool create, CancellationToken cancellationToken)
    {
        var endpoint = context.Settings.Read("endpoint", context.Arguments.GetValue(_endpoint), DefaultEndpoint);
        var data = context.Settings.Read("data", context.Arguments.GetValue(shared.Data));
        if (data.Value is not null && data.Origin == endpoint.Origin)
        {
            throw CliException.Usage($"{data.Source} and {endpoint.Source} are both given: a data folder and an items endpoint",
                "give one of them");
        }

        if (data.Value is not null && data.Origin < endpoint.Origin)
        {
            var account = context.Settings.Read("account", context.Arguments.GetValue(shared.Account), TargetSettings.DefaultAccount);
            return await FolderItems.OpenAsync(context.Console.FullPath(data.Value), account.Value!, context.Required(_database), create,
                cancellationToken);
        }

        return Uri.TryCreate(endpoint.Value, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"
            ? new EndpointItems(new ItemsClient(address,
                context.Settings.Read("access-key", context.Arguments.GetValue(_accessKey), "shoal").Value!,
                context.Settings.Read("secret-key", context.Arguments.GetValue(_secretKey), "shoal").Value!, context.Console.Time))
            : throw CliException.Usage($"{endpoint.Value} ({endpoint.Source}) is not an address", $"give one like {DefaultEndpoint}");
    }
}
