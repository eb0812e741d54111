using Spectre.Console;

namespace Shoal.Cli.Output;

/// <summary>How tables and progress bars are drawn: with escape sequences only where the terminal takes them.</summary>
internal static class Terminal
{
    public static IAnsiConsole Create(CliConsole console, TextWriter writer)
    {
        // https://no-color.org, and terminals that say they are dumb or nothing at all.
        var plain = console.Environment("NO_COLOR") is not null || console.Environment("TERM") is null or "dumb";
        return AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = plain ? AnsiSupport.No : AnsiSupport.Yes,
            Interactive = plain ? InteractionSupport.No : InteractionSupport.Yes,
        });
    }
}
