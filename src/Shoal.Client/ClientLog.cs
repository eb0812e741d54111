using Microsoft.Extensions.Logging;

namespace Shoal.Client;

/// <summary>All messages that the client logs. Never a value of a parameter.</summary>
internal static partial class ClientLog
{
    [LoggerMessage(5000, LogLevel.Warning,
        "Attempt {Attempt} on database {Database} failed ({Kind}); the next follows in {Wait}")]
    public static partial void RequestRepeated(ILogger logger, string database, int attempt, ShoalErrorKind kind, TimeSpan wait);

    [LoggerMessage(5100, LogLevel.Error, "A batch of {Rows} rows for database {Database} could not be sent")]
    public static partial void BatchBroke(ILogger logger, Exception error, string database, int rows);

    [LoggerMessage(5101, LogLevel.Error, "The dead letters of writer {Writer} did not take {Rows} rows")]
    public static partial void DeadLettersBroke(ILogger logger, Exception error, string writer, int rows);

    [LoggerMessage(5102, LogLevel.Error, "A callback of writer {Writer} failed")]
    public static partial void CallbackBroke(ILogger logger, Exception error, string writer);

    [LoggerMessage(5103, LogLevel.Warning, "{Rows} rows of writer {Writer} for database {Database} were not applied ({Kind})")]
    public static partial void RowsFailed(ILogger logger, string writer, string database, int rows, ShoalErrorKind kind);

    [LoggerMessage(5104, LogLevel.Information, "The spool {Folder} holds {Rows} rows that are not settled; they are sent first")]
    public static partial void SpoolRecovered(ILogger logger, string folder, long rows);

    [LoggerMessage(5105, LogLevel.Warning, "The spool's newest file ended within a record at offset {Offset}; {Bytes} bytes were cut off")]
    public static partial void SpoolTornTailCut(ILogger logger, long offset, long bytes);

    [LoggerMessage(5106, LogLevel.Error, "The spool did not take a note of settled rows; they may be looked up again at the next start")]
    public static partial void SpoolNoteLost(ILogger logger, Exception error);
}
