using Shoal.Engine.Databases;
using Shoal.Protocol;
using Shoal.Sqlite;
using Shoal.Sqlite.Statements;

namespace Shoal.Engine.Work;

/// <summary>A database inside of an open transaction, for SQL that is not a user's.</summary>
/// <remarks>
/// Thread: valid only during the call that it is given to. The authorizer is off: tables whose names start with
/// <c>_cf_</c>, which user SQL can not reach, can be used here.
/// </remarks>
public sealed class WorkSession
{
    private readonly DatabaseConnection _connection;
    private readonly DatabaseId _id;
    private readonly CancellationToken _cancellation;

    internal WorkSession(DatabaseId id, DatabaseConnection connection, CancellationToken cancellation)
    {
        _id = id;
        _connection = connection;
        _cancellation = cancellation;
    }

    /// <summary>The database.</summary>
    public DatabaseId Database => _id;

    /// <summary>A statement of this connection, compiled once and kept; not running, its parameters of no known value.</summary>
    /// <exception cref="EngineException">It does not compile, or the database is damaged.</exception>
    public SqliteStatement Prepare(string sql) =>
        TryPrepare(sql) ?? throw Fail(_connection.Native.ErrorStatus);

    /// <summary>As <see cref="Prepare"/>; null when a table of it does not exist.</summary>
    /// <exception cref="EngineException">The database is damaged.</exception>
    public SqliteStatement? TryPrepare(string sql)
    {
        var status = _connection.PrepareKept(sql, out var statement);
        return status.IsSuccess ? statement
            : status.Primary == SqliteStatus.Error ? null
            : throw Fail(status);
    }

    /// <summary>Runs to the next row; false at the end, when the statement is reset.</summary>
    /// <exception cref="EngineException">SQLite or the file system refused, or time is up.</exception>
    public bool Step(SqliteStatement statement)
    {
        var status = statement.Step();
        if (status.Code == SqliteStatus.Row)
        {
            return true;
        }

        if (!status.IsSuccess)
        {
            var error = Fail(status);
            statement.Reset();
            throw error;
        }

        statement.Reset();
        return false;
    }

    /// <summary>Passes when a parameter was bound.</summary>
    /// <exception cref="EngineException">SQLite refused it, for example as too big.</exception>
    public void Check(SqliteStatus status)
    {
        if (!status.IsSuccess)
        {
            throw Fail(status);
        }
    }

    /// <summary>Runs statements that return nothing of interest, such as the creation of tables.</summary>
    /// <exception cref="EngineException">SQLite or the file system refused.</exception>
    public void Execute(string sql)
    {
        try
        {
            _connection.Native.Execute(sql);
        }
        catch (SqliteException error)
        {
            throw Fail(error.Status);
        }
    }

    private EngineException Fail(SqliteStatus status)
    {
        var error = SqlErrors.Describe(_connection.Native, status, default, _id, _cancellation);
        return error as EngineException
            ?? new EngineException(EngineErrorKind.Timeout, "the caller gave the work up", hint: null, _id, error);
    }
}
