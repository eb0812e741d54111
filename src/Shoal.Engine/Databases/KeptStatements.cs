using System.Text;
using Shoal.Sqlite;
using Shoal.Sqlite.Connections;
using Shoal.Sqlite.Statements;

namespace Shoal.Engine.Databases;

/// <summary>Prepared statements of the engine's own, by their text, on one connection.</summary>
/// <remarks>Texts are constants of the program: there are few, and no bound is needed beyond that.</remarks>
internal sealed class KeptStatements
{
    private readonly Dictionary<string, SqliteStatement> _statements = new(StringComparer.Ordinal);

    public SqliteStatus Prepare(SqliteConnection connection, string sql, out SqliteStatement? statement)
    {
        if (_statements.TryGetValue(sql, out statement))
        {
            return new SqliteStatus(SqliteStatus.Ok);
        }

        var status = connection.Prepare(Encoding.UTF8.GetBytes(sql + '\0'), persistent: true, out statement, out _);
        if (status.IsSuccess && statement is not null)
        {
            _statements.Add(sql, statement);
        }

        return status;
    }

    /// <summary>Whatever stopped the work: a statement left running would keep its snapshot.</summary>
    public void ResetAll()
    {
        foreach (var statement in _statements.Values)
        {
            statement.Reset();
        }
    }

    public void Clear()
    {
        foreach (var statement in _statements.Values)
        {
            statement.Dispose();
        }

        _statements.Clear();
    }
}
