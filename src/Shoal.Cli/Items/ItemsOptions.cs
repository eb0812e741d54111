using System.CommandLine;
using Shoal.Cli.Configuration;

namespace Shoal.Cli.Items;

/// <summary>What all commands on items ask for.</summary>
internal sealed class ItemsOptions(TargetOptions target)
{
    /// <summary>The database that holds items when none is named; <c>ItemStore.OpenAsync</c> uses the same.</summary>
    public const string DefaultDatabase = "items";

    public Option<string> Database { get; } = new("--database")
    {
        Description = "Database that holds the items. Default \"items\".",
        HelpName = "NAME",
        DefaultValueFactory = static _ => DefaultDatabase,
    };

    public static Argument<string> Table() => new("TABLE") { Description = "Name of the table." };

    public CliCommand AddTo(CliCommand command)
    {
        command.Add(target.Data);
        command.Add(target.Account);
        command.Add(Database);
        command.Add(target.Json);
        return command;
    }

    public Task<ItemsFolder> OpenAsync(CommandContext context, bool create, CancellationToken cancellationToken) =>
        ItemsFolder.OpenAsync(context, context.Required(Database), create, cancellationToken);
}
