using System.CommandLine;

namespace Shoal.Cli.Configuration;

/// <summary>The options that many commands share.</summary>
internal sealed class TargetOptions
{
    public Option<string?> Url { get; } = new("--url")
    {
        Description = "Server to talk to (SHOAL_URL). Default http://127.0.0.1:8787.",
        HelpName = "URL",
    };

    public Option<string?> Token { get; } = new("--token")
    {
        Description = "API token (SHOAL_TOKEN). Other users of the machine can see flags; prefer the variable.",
        HelpName = "TOKEN",
    };

    public Option<string?> Account { get; } = new("--account")
    {
        Description = "Account that owns the databases (SHOAL_ACCOUNT). Default \"shoal\".",
        HelpName = "ACCOUNT",
    };

    public Option<string?> Data { get; } = new("--data")
    {
        Description = "Work directly on this data folder, which no server may have open (SHOAL_DATA).",
        HelpName = "DIR",
    };

    public Option<bool> Json { get; } = new("--json") { Description = "Print JSON, errors too." };

    /// <summary>Adds what says where databases are.</summary>
    public CliCommand AddTo(CliCommand command)
    {
        command.Add(Url);
        command.Add(Token);
        command.Add(Account);
        command.Add(Data);
        command.Add(Json);
        return command;
    }
}
