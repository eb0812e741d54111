using Microsoft.Extensions.Logging;

namespace Shoal.Client;

/// <summary>All messages that the client logs. Never a value of a parameter.</summary>
internal static partial class ClientLog
{
    [LoggerMessage(5000, LogLevel.Warning,
        "Attempt {Attempt} on database {Database} failed ({Kind}); the next follows in {Wait}")]
    public static partial void RequestRepeated(ILogger logger, string database, int attempt, ShoalErrorKind kind, TimeSpan wait);
}
