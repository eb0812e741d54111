using System.CommandLine;
using Shoal.Cli.Configuration;
using Shoal.Cli.Targets;

namespace Shoal.Cli;

/// <summary>What one run of a command works with.</summary>
internal sealed class CommandContext
{
    private readonly TargetOptions _options;

    public CommandContext(CliConsole console, ParseResult arguments, TargetOptions options)
    {
        Console = console;
        Arguments = arguments;
        _options = options;
        Settings = new SettingsReader(console);
        Json = arguments.GetValue(options.Json);
    }

    public CliConsole Console { get; }

    public ParseResult Arguments { get; }

    public SettingsReader Settings { get; }

    /// <summary>Whether results and errors are JSON.</summary>
    public bool Json { get; }

    /// <summary>Where databases are, as flags, environment and profile say.</summary>
    public TargetSettings ReadTargetSettings() => TargetSettings.Read(Settings, Arguments, _options);

    /// <summary>Opens the server or the data folder; the caller disposes it.</summary>
    /// <param name="createFolder">Whether a data folder that is missing is made rather than refused.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task<ITarget> OpenTargetAsync(bool createFolder, CancellationToken cancellationToken) =>
        ReadTargetSettings().OpenAsync(Console, createFolder, cancellationToken);

    /// <summary>The value of an option or argument that the parser guarantees.</summary>
    public T Required<T>(Option<T> option) => Arguments.GetRequiredValue(option);

    /// <inheritdoc cref="Required{T}(Option{T})"/>
    public T Required<T>(Argument<T> argument) => Arguments.GetRequiredValue(argument);
}
