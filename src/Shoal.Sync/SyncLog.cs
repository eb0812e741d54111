using Microsoft.Extensions.Logging;

namespace Shoal.Sync;

/// <summary>All messages that the sync logs. Never a value of a row, never a connection.</summary>
internal static partial class SyncLog
{
    [LoggerMessage(6000, LogLevel.Information, "Source {Source}: copying all tenants ({Reason})")]
    public static partial void CopyBegins(ILogger logger, string source, string reason);

    [LoggerMessage(6001, LogLevel.Information, "Source {Source}: copied {Rows} rows to {Tenants} tenants")]
    public static partial void CopyEnds(ILogger logger, string source, long rows, int tenants);

    [LoggerMessage(6002, LogLevel.Information, "Source {Source}: streaming from slot {Slot}")]
    public static partial void Streaming(ILogger logger, string source, string slot);

    [LoggerMessage(6003, LogLevel.Warning, "Source {Source}: the stream broke and is begun again: {Reason}")]
    public static partial void StreamBroke(ILogger logger, string source, string reason);

    [LoggerMessage(6004, LogLevel.Warning, "Tenant {Tenant} will be copied again: {Reason}")]
    public static partial void NeedsResync(ILogger logger, string tenant, string reason);

    [LoggerMessage(6005, LogLevel.Information, "Tenant {Tenant} was copied again: {Rows} rows")]
    public static partial void Resynced(ILogger logger, string tenant, long rows);

    [LoggerMessage(6006, LogLevel.Warning, "Tenant {Tenant}: a row of {Table} was refused and put aside: {Reason}")]
    public static partial void DeadLetter(ILogger logger, string tenant, string table, string reason);

    [LoggerMessage(6007, LogLevel.Warning, "The server is not reachable; trying again: {Reason}")]
    public static partial void ServerAway(ILogger logger, string reason);

    [LoggerMessage(6008, LogLevel.Debug, "Source {Source}: the connection to PostgreSQL did not close well: {Reason}")]
    public static partial void ClosingFailed(ILogger logger, string source, string reason);

    [LoggerMessage(6010, LogLevel.Information, "Source {Source}: paused; `shoal sync resume` goes on")]
    public static partial void Paused(ILogger logger, string source);

    [LoggerMessage(6011, LogLevel.Information, "Source {Source}: goes on")]
    public static partial void Resumed(ILogger logger, string source);

    [LoggerMessage(6012, LogLevel.Warning,
        "Source {Source}: PostgreSQL keeps {Retained} bytes of log for the slot and gives it up after {Safe} more")]
    public static partial void LogRunsOut(ILogger logger, string source, long retained, long safe);

    [LoggerMessage(6009, LogLevel.Warning, "Source {Source}: the slot waits for transactions that were open before it; oldest: {Oldest}")]
    public static partial void SlotWaits(ILogger logger, string source, string oldest);
}
