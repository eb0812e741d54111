using Shoal.Client;
using Shoal.Client.Http;
using Shoal.Engine;
using Shoal.Protocol.Http;

namespace Shoal.Embedded.Channels;

/// <summary>Turns the engine's errors into the client's, as a server and the client do together over HTTP.</summary>
internal static class EngineErrors
{
    private const int ConstraintCode = 19;

    public static ShoalException Of(EngineException error, string? database)
    {
        var kind = KindOf(error);
        return new ShoalException(kind,
            kind == ShoalErrorKind.DatabaseNotFound ? $"The database {database} could not be found" : error.Message, error)
        {
            Code = CodeOf(error.Kind),
            Database = database,
            StatementIndex = error is SqlException { Position.Item: var item } ? item : null,
            Hint = error.Hint is { } hint && error.Kind != EngineErrorKind.DataFolderInUse ? hint
                : error.Kind == EngineErrorKind.DataFolderInUse ? "one process at a time can have a data folder open: end the other, "
                    + "or reach its databases through a server"
                : ApiErrors.HintOf(kind),
        };
    }

    private static ShoalErrorKind KindOf(EngineException error) => error.Kind switch
    {
        EngineErrorKind.Sql => error is SqlException { PrimaryCode: ConstraintCode } ? ShoalErrorKind.Constraint : ShoalErrorKind.Sql,
        EngineErrorKind.DatabaseNotFound => ShoalErrorKind.DatabaseNotFound,
        EngineErrorKind.NameTaken => ShoalErrorKind.NameTaken,
        EngineErrorKind.InvalidArgument or EngineErrorKind.LimitExceeded or EngineErrorKind.OutOfMemory or EngineErrorKind.NotRestorable =>
            ShoalErrorKind.InvalidRequest,
        EngineErrorKind.Overloaded => ShoalErrorKind.Overloaded,
        EngineErrorKind.Timeout => ShoalErrorKind.Timeout,
        EngineErrorKind.ReadOnly => ShoalErrorKind.Unauthorized,
        EngineErrorKind.Corruption => ShoalErrorKind.ServerError,
        EngineErrorKind.StorageUnavailable or EngineErrorKind.DataFolderInUse or EngineErrorKind.ShuttingDown =>
            ShoalErrorKind.Unavailable,
    };

    private static int CodeOf(EngineErrorKind kind) => kind switch
    {
        EngineErrorKind.DatabaseNotFound => D1ErrorCode.NotFound,
        EngineErrorKind.NameTaken => D1ErrorCode.NameTaken,
        EngineErrorKind.InvalidArgument => D1ErrorCode.Malformed,
        _ => D1ErrorCode.QueryFailed,
    };
}
