namespace Shoal.Cli;

/// <summary>What the process says to a script that called it.</summary>
internal static class ExitCode
{
    public const int Ok = 0;

    /// <summary>The command was understood and failed.</summary>
    public const int Failed = 1;

    /// <summary>The command line is wrong; nothing was tried.</summary>
    public const int Usage = 2;

    /// <summary>The command did its work and found problems: <c>shoal doctor</c>.</summary>
    public const int ProblemsFound = 3;

    /// <summary>Stopped by Ctrl-C; 128 + SIGINT, as shells expect it, so a calling loop stops too.</summary>
    public const int Interrupted = 130;
}
