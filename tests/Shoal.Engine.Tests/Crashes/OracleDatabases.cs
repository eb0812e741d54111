using System.Text;
using Shoal.Engine.Transfer;
using Shoal.Sqlite;
using Shoal.Sqlite.Connections;

namespace Shoal.Engine.Tests.Crashes;

/// <summary>What the databases must hold: plain SQLite in memory, which never crashes.</summary>
internal sealed class OracleDatabases : IDisposable
{
    private readonly SortedDictionary<int, SqliteConnection> _databases = [];

    /// <summary>Applies a step; false for each SQL text that fails.</summary>
    public IReadOnlyList<bool> Apply(Step step)
    {
        switch (step.Kind)
        {
            case StepKind.Create:
                _ = SqliteConnection.Open(":memory:", SqliteOpenMode.Create, out var connection);
                _databases.Add(step.Database, connection!);
                break;
            case StepKind.Drop:
                _databases.Remove(step.Database, out var dropped);
                dropped!.Dispose();
                break;
            case StepKind.Vacuum:
                _databases[step.Database].Execute("VACUUM");
                break;
            default:
                return [.. step.Sql.Select(sql => Run(_databases[step.Database], sql))];
        }

        return [];
    }

    /// <summary>All that each database holds, as SQL.</summary>
    public SortedDictionary<int, string> Dump()
    {
        var dumps = new SortedDictionary<int, string>();
        foreach (var (number, connection) in _databases)
        {
            using var output = new MemoryStream();
            connection.Execute("BEGIN");
            new SqlDump(connection, output, new ExportOptions(), progress: null, CancellationToken.None).Run();
            connection.Execute("COMMIT");
            dumps.Add(number, Encoding.UTF8.GetString(output.ToArray()));
        }

        return dumps;
    }

    public void Dispose()
    {
        foreach (var connection in _databases.Values)
        {
            connection.Dispose();
        }
    }

    private static bool Run(SqliteConnection connection, string sql)
    {
        connection.Execute("BEGIN");
        try
        {
            connection.Execute(sql);
            connection.Execute("COMMIT");
            return true;
        }
        catch (SqliteException)
        {
            connection.Execute("ROLLBACK");
            return false;
        }
    }
}
