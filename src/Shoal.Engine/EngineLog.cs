using Microsoft.Extensions.Logging;
using Shoal.Protocol;

namespace Shoal.Engine;

/// <summary>Every message the engine logs; ids 1000 to 1999, never reused.</summary>
internal static partial class EngineLog
{
    [LoggerMessage(1000, LogLevel.Information,
        "Engine opened {Folder}: {Databases} databases, at most {OpenMax} open at once, SQLite {SqliteVersion}")]
    public static partial void EngineOpened(
        ILogger logger, string folder, int databases, int openMax, string sqliteVersion);

    [LoggerMessage(1001, LogLevel.Information, "Engine closed {Folder}")]
    public static partial void EngineClosed(ILogger logger, string folder);

    [LoggerMessage(1002, LogLevel.Information, "Database {Database} created")]
    public static partial void DatabaseCreated(ILogger logger, DatabaseId database);

    [LoggerMessage(1003, LogLevel.Information, "Database {Database} deleted")]
    public static partial void DatabaseDeleted(ILogger logger, DatabaseId database);

    [LoggerMessage(1004, LogLevel.Warning, "Database {Database} could not be checkpointed at closing; nothing is lost")]
    public static partial void CloseFailed(ILogger logger, DatabaseId database, Exception error);

    [LoggerMessage(1009, LogLevel.Warning,
        "Database {Database} was closed without a checkpoint; nothing is lost, the log keeps its commits: {Reason}. {Hint}")]
    public static partial void CloseRefused(ILogger logger, DatabaseId database, string reason, string hint);

    [LoggerMessage(1005, LogLevel.Information, "Finished {Count} deletions that an earlier stop had left undone")]
    public static partial void DeletionsFinished(ILogger logger, int count);

    [LoggerMessage(1006, LogLevel.Error, "A checkpoint round failed; the log keeps what database files lack")]
    public static partial void CheckpointFailed(ILogger logger, Exception error);

    [LoggerMessage(1007, LogLevel.Error, "Database {Database} could not be checkpointed; the log keeps its commits")]
    public static partial void DatabaseNotCheckpointed(ILogger logger, DatabaseId database, Exception error);

    [LoggerMessage(1008, LogLevel.Information, "Recovered the commit log: {Databases} databases have commits to redo")]
    public static partial void LogRecovered(ILogger logger, int databases);

    [LoggerMessage(1020, LogLevel.Error, "The disk is nearly full: {FreeBytes} bytes free, below {MarkBytes} writes are refused")]
    public static partial void DiskNearlyFull(ILogger logger, long freeBytes, long markBytes);

    [LoggerMessage(1021, LogLevel.Information, "The disk has room again ({FreeBytes} bytes free): writes are accepted")]
    public static partial void DiskHasRoom(ILogger logger, long freeBytes);

    [LoggerMessage(1030, LogLevel.Error, "History could not be written; the log keeps what is in no pack, and it is tried again")]
    public static partial void HistoryFailed(ILogger logger, Exception error);

    [LoggerMessage(1031, LogLevel.Error,
        "History has a gap: commits from {From} to {To} of the log are in no pack, and the log could not keep them any longer")]
    public static partial void HistoryGap(ILogger logger, string from, string to);

    [LoggerMessage(1037, LogLevel.Error,
        "History has a gap: segments of the log from {From} to {To} are missing, and they were in no pack; somebody has deleted them")]
    public static partial void HistoryLogMissing(ILogger logger, string from, string to);

    [LoggerMessage(1032, LogLevel.Error, "History pack {Pack} can not be read")]
    public static partial void HistoryPackUnreadable(ILogger logger, string pack, Exception error);

    [LoggerMessage(1033, LogLevel.Information, "Database {Database} restored from commit {From} to {To}")]
    public static partial void DatabaseRestored(ILogger logger, DatabaseId database, ulong from, ulong to);

    [LoggerMessage(1034, LogLevel.Warning,
        "Bookmark {Bookmark} of database {Database} could not be noted: it is good only as long as every commit is kept")]
    public static partial void BookmarkNotKept(ILogger logger, DatabaseId database, string bookmark, Exception error);

    [LoggerMessage(1035, LogLevel.Error,
        "History could not be uploaded to {Store}; what was committed in the last {Age} is only on this machine")]
    public static partial void UploadFailed(ILogger logger, string store, TimeSpan age, Exception error);

    [LoggerMessage(1036, LogLevel.Error, "A restore of database {Database} into a scratch file is not what it has to be: {Problem}")]
    public static partial void RestoreNotProven(ILogger logger, DatabaseId database, string problem);

    [LoggerMessage(1038, LogLevel.Warning,
        "Database {Database} would not be whole with only the pages taken back that changed, so all of it is restored: {Problem}")]
    public static partial void RestoredAsAWhole(ILogger logger, DatabaseId database, string problem);
}
