using Shoal.Sqlite.Statements;

namespace Shoal.Engine.Requests;

/// <summary>Receives the results of a request while it runs.</summary>
/// <remarks>
/// Thread: called from one thread at a time, on the thread that executes SQL, so it must not block or wait. For every
/// statement <see cref="BeginStatement"/>, then <see cref="Row"/> per row, then <see cref="EndStatement"/>; a failing
/// request ends anywhere in between. Nothing a sink received may be shown to anyone before the request's task has
/// completed: until then it may be rolled back or, after <see cref="Reset"/>, run again.
/// </remarks>
public interface IResultSink
{
    /// <summary>Discards everything received: the request is run again from its first statement.</summary>
    void Reset();

    /// <summary>A statement starts; its columns are known.</summary>
    void BeginStatement(StatementPosition position, SqliteColumns columns);

    /// <summary>One row. The row is valid only during the call.</summary>
    void Row(SqliteRow row);

    /// <summary>The statement has run to its end.</summary>
    void EndStatement(in StatementMeta meta);
}
