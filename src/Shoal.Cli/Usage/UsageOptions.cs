using System.CommandLine;

namespace Shoal.Cli.Usage;

/// <summary>The options that say which usage is meant.</summary>
internal sealed class UsageOptions
{
    /// <param name="lastDefault">What <c>--last</c> is when it is not given.</param>
    public UsageOptions(string lastDefault) => Last = new Option<string?>("--last")
    {
        Description = "How far back, like 24h or 7d. At most 30 days are kept.",
        HelpName = "TIME",
        DefaultValueFactory = _ => lastDefault,
    };

    public Argument<string?> Name { get; } = new("NAME")
    {
        Description = "Name or id of a database. Default: all of the account.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    public Option<string?> Last { get; }

    public Option<string?> From { get; } = new("--from")
    {
        Description = "Begin, like 2026-11-01 or 2026-11-01T14:00Z.",
        HelpName = "TIME",
    };

    public Option<string?> To { get; } = new("--to") { Description = "End. Default: now.", HelpName = "TIME" };

    public void AddTo(CliCommand command)
    {
        command.Add(Name);
        command.Add(Last);
        command.Add(From);
        command.Add(To);
    }
}
