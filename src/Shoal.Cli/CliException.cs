namespace Shoal.Cli;

/// <summary>A command cannot do what was asked; carries what the user reads and can do about it.</summary>
internal sealed class CliException : Exception
{
    public CliException(string message, string? hint = null, Exception? innerException = null)
        : base(message, innerException) => Hint = hint;

    /// <summary>What to do, with the command where there is one.</summary>
    public string? Hint { get; }

    /// <summary>A code of the server's error envelope, or null.</summary>
    public int? Code { get; init; }

    /// <summary>What the process ends with.</summary>
    public int ExitCode { get; init; } = Cli.ExitCode.Failed;

    /// <summary>The command line is wrong.</summary>
    public static CliException Usage(string message, string? hint = null) =>
        new(message, hint) { ExitCode = Cli.ExitCode.Usage };
}
