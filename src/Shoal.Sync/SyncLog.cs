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

    [LoggerMessage(6013, LogLevel.Warning, "Source {Source}: {Reason}")]
    public static partial void CommitHidden(ILogger logger, string source, string reason);

    [LoggerMessage(6010, LogLevel.Information, "Source {Source}: paused; `shoal sync resume` goes on")]
    public static partial void Paused(ILogger logger, string source);

    [LoggerMessage(6011, LogLevel.Information, "Source {Source}: goes on")]
    public static partial void Resumed(ILogger logger, string source);

    [LoggerMessage(6012, LogLevel.Warning,
        "Source {Source}: PostgreSQL keeps {Retained} bytes of log for the slot; {Left:0} % of what it may keep is left")]
    public static partial void LogRunsOut(ILogger logger, string source, long retained, double left);

    [LoggerMessage(6031, LogLevel.Error,
        "Source {Source}: PostgreSQL kept too much log; the slot was dropped, all tenants will be copied anew")]
    public static partial void SlotDropped(ILogger logger, string source);

    [LoggerMessage(6030, LogLevel.Error, "Source {Source} waits: {Reason}. {Hint}")]
    public static partial void Blocked(ILogger logger, string source, string reason, string hint);

    [LoggerMessage(6032, LogLevel.Warning,
        "Tenant {Tenant}: {Drifted} rows of {Table} were not as in PostgreSQL; {Repaired} were put right")]
    public static partial void Drifted(ILogger logger, string tenant, string table, int drifted, int repaired);

    [LoggerMessage(6033, LogLevel.Warning, "Tenant {Tenant} could not be compared now: {Reason}")]
    public static partial void VerifyFailed(ILogger logger, string tenant, string reason);

    [LoggerMessage(6034, LogLevel.Information, "Tenant {Tenant}: the rehearsal of a copy was right, with {Rows} rows")]
    public static partial void Rehearsed(ILogger logger, string tenant, long rows);

    [LoggerMessage(6035, LogLevel.Error, "Tenant {Tenant}: the rehearsal of a copy failed: {Reason}")]
    public static partial void RehearsalFailed(ILogger logger, string tenant, string reason);

    [LoggerMessage(6009, LogLevel.Warning, "Source {Source}: the slot waits for transactions that were open before it; oldest: {Oldest}")]
    public static partial void SlotWaits(ILogger logger, string source, string oldest);

    [LoggerMessage(6020, LogLevel.Information, "Source {Source}: the queue runs; {Waiting} messages wait")]
    public static partial void QueueRuns(ILogger logger, string source, long waiting);

    [LoggerMessage(6021, LogLevel.Warning,
        "Tenant {Tenant}: a message for {Table} was refused and is tried again in {Seconds} s: {Reason}")]
    public static partial void MessageRefused(ILogger logger, string tenant, string table, double seconds, string reason);

    [LoggerMessage(6022, LogLevel.Information, "Job {Job}: run {Run} begins with {Tenants} tenants")]
    public static partial void JobBegins(ILogger logger, string job, long run, int tenants);

    [LoggerMessage(6023, LogLevel.Information, "Job {Job}: run {Run} ended; {RowsWritten} rows written, {Failed} tenants failed")]
    public static partial void JobEnds(ILogger logger, string job, long run, long rowsWritten, int failed);

    [LoggerMessage(6024, LogLevel.Warning, "Job {Job}: tenant {Tenant} failed: {Reason}")]
    public static partial void JobTenantFailed(ILogger logger, string job, string tenant, string reason);
}
