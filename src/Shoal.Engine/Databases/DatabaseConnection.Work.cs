using System.Diagnostics;
using Shoal.Engine.Requests;
using Shoal.Engine.Work;
using Shoal.Protocol;
using Shoal.Sqlite;
using Shoal.Sqlite.Statements;

namespace Shoal.Engine.Databases;

/// <content>Work of the engine's own, without the authorizer.</content>
internal sealed partial class DatabaseConnection
{
    private readonly KeptStatements _workStatements = new();

    /// <summary>Runs work inside of the open transaction; what it throws is the error.</summary>
    public void RunWork(IDatabaseWork work, CancellationToken cancellation)
    {
        ApplyLimits(CompatibilityLevel.Relaxed);
        _connection.BeginRun(_limits.QueryTimeout, cancellation, bounds: _limits.QueryBounds);
        var started = Stopwatch.GetTimestamp();
        var changesBefore = _isWriter ? _connection.TotalChanges : 0;
        try
        {
            work.Run(new WorkSession(_id, this, cancellation));
            if (_isWriter)
            {
                _sizeBytes = _connection.GetSize().UsedBytes;
            }
        }
        finally
        {
            _connection.EndRun();
            _workStatements.ResetAll();

            // Also when it has failed: what it cost must not count for the next.
            var (read, written) = _workStatements.TakeRows();
            var changes = _isWriter ? _connection.TotalChanges - changesBefore : 0;
            work.Measured(new StatementMeta(Stopwatch.GetElapsedTime(started), read, written, RowsReturned: 0, changes,
                LastRowId: 0, changes != 0, _isWriter ? Math.Max(_sizeBytes, 0) : 0));
        }
    }

    /// <summary>Runs work on a snapshot of its own.</summary>
    public void ReadWork(IDatabaseWork work, CancellationToken cancellation)
    {
        _connection.Execute("BEGIN");
        try
        {
            RunWork(work, cancellation);
        }
        finally
        {
            _connection.EndRead();
        }
    }

    /// <summary>A statement of the engine's own that is compiled once.</summary>
    public SqliteStatus PrepareKept(string sql, out SqliteStatement? statement) =>
        _workStatements.Prepare(_connection, sql, out statement);

    private long CountReservedNames()
    {
        using var trusted = _authorizer.Suspend();
        return _connection.QueryInteger(
            "SELECT count(*) FROM sqlite_schema WHERE name LIKE '\\_cf\\_%' ESCAPE '\\'");
    }
}
