using Microsoft.Extensions.Logging;

namespace Shoal.Cli.Syncing;

/// <summary>Shows what a running sync has to say as notes beside the results.</summary>
internal sealed class SyncConsoleLogger(CommandContext context) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception,
        Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
        {
            context.Console.Note(formatter(state, exception));
        }
    }
}
