using System.CommandLine;

namespace Shoal.Cli.Items;

/// <summary>Where items are, and who asks.</summary>
internal sealed class ItemsOptions
{
    private const string DefaultEndpoint = "http://127.0.0.1:8000";

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

    public void AddTo(CliCommand command)
    {
        command.Add(_endpoint);
        command.Add(_accessKey);
        command.Add(_secretKey);
    }

    /// <exception cref="CliException">The address is none.</exception>
    public ItemsClient Open(CommandContext context)
    {
        var endpoint = context.Settings.Read("endpoint", context.Arguments.GetValue(_endpoint), DefaultEndpoint);
        return Uri.TryCreate(endpoint.Value, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"
            ? new ItemsClient(address, context.Settings.Read("access-key", context.Arguments.GetValue(_accessKey), "shoal").Value!,
                context.Settings.Read("secret-key", context.Arguments.GetValue(_secretKey), "shoal").Value!, context.Console.Time)
            : throw CliException.Usage($"{endpoint.Value} ({endpoint.Source}) is not an address", $"give one like {DefaultEndpoint}");
    }
}
