using Microsoft.Extensions.Logging;
using Shoal.Engine;
using Shoal.Protocol;

namespace Shoal.Server;

/// <summary>Every message the server logs. Never a secret, never a parameter's value.</summary>
internal static partial class ServerLog
{
    [LoggerMessage(4000, LogLevel.Information, "Listening on {Addresses}, data in {DataFolder}")]
    public static partial void Listening(this ILogger logger, string addresses, string dataFolder);

    [LoggerMessage(4001, LogLevel.Information, "Stopping: requests that run have {Timeout} to finish")]
    public static partial void Stopping(this ILogger logger, TimeSpan timeout);

    [LoggerMessage(4002, LogLevel.Information, "Stopped")]
    public static partial void Stopped(this ILogger logger);

    [LoggerMessage(4010, LogLevel.Error, "{Route} failed: {Kind}")]
    public static partial void RequestFailed(this ILogger logger, Exception error, string route, EngineErrorKind kind);

    [LoggerMessage(4011, LogLevel.Error, "{Route} failed by a defect; the client was told reference {Reference}")]
    public static partial void RequestDefect(this ILogger logger, Exception error, string route, string reference);

    [LoggerMessage(4012, LogLevel.Debug, "{Route}: the client went away")]
    public static partial void ClientGone(this ILogger logger, string route);

    [LoggerMessage(4020, LogLevel.Information, "Database {Database} ({Name}) created in account {Account}")]
    public static partial void DatabaseCreated(this ILogger logger, DatabaseId database, string name, string account);

    [LoggerMessage(4021, LogLevel.Information, "Database {Database} ({Name}) of account {Account} deleted")]
    public static partial void DatabaseDeleted(this ILogger logger, DatabaseId database, string name, string account);

    [LoggerMessage(4030, LogLevel.Information, "Token {Token} ({Name}) created by token {Caller}")]
    public static partial void TokenCreated(this ILogger logger, string token, string name, string caller);

    [LoggerMessage(4031, LogLevel.Information, "Token {Token} revoked by token {Caller}")]
    public static partial void TokenRevoked(this ILogger logger, string token, string caller);

    [LoggerMessage(4040, LogLevel.Information, "{Kind} {Bookmark} of database {Database} completed")]
    public static partial void TransferCompleted(this ILogger logger, string kind, string bookmark, DatabaseId database);

    [LoggerMessage(4041, LogLevel.Information, "{Kind} {Bookmark} of database {Database} failed: {Reason}")]
    public static partial void TransferFailed(this ILogger logger, string kind, string bookmark, DatabaseId database,
        string reason);

    [LoggerMessage(4042, LogLevel.Error, "{Kind} {Bookmark} of database {Database} failed by a defect")]
    public static partial void TransferDefect(this ILogger logger, Exception error, string kind, string bookmark,
        DatabaseId database);

    [LoggerMessage(4043, LogLevel.Warning, "Transfer file {Path} could not be removed")]
    public static partial void TransferFileStuck(this ILogger logger, Exception error, string path);

    [LoggerMessage(4050, LogLevel.Information, "TLS certificate {Path} read again; it is valid until {NotAfter}")]
    public static partial void CertificateRead(this ILogger logger, string path, DateTime notAfter);

    [LoggerMessage(4051, LogLevel.Error, "TLS certificate {Path} has changed but can not be read; the old one stays in use")]
    public static partial void CertificateNotRead(this ILogger logger, string path, Exception error);

    [LoggerMessage(4060, LogLevel.Warning, "Usage could not be written; it is kept in memory and tried again")]
    public static partial void UsageNotWritten(this ILogger logger, Exception error);

    [LoggerMessage(4070, LogLevel.Error, "A request of the items endpoint failed: {Kind}")]
    public static partial void ItemsRequestFailed(this ILogger logger, Exception error, EngineErrorKind kind);

    [LoggerMessage(4071, LogLevel.Error, "A request of the items endpoint failed by a defect; reference {Reference}")]
    public static partial void ItemsRequestDefect(this ILogger logger, Exception error, string reference);

    [LoggerMessage(4080, LogLevel.Information,
        "Restored {Checks} states of a sample of databases, {Failures} not as they were; seed {Seed}")]
    public static partial void BackupVerified(this ILogger logger, int checks, int failures, int seed);

    [LoggerMessage(4081, LogLevel.Error, "A sample of databases could not be restored to be checked")]
    public static partial void BackupNotVerified(this ILogger logger, Exception error);
}
