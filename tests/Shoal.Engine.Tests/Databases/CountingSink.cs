using Shoal.Engine.Requests;
using Shoal.Sqlite.Statements;

namespace Shoal.Engine.Tests.Databases;

/// <summary>Counts how often a request had to begin again.</summary>
internal sealed class CountingSink : IResultSink
{
    public int Resets { get; private set; }

    public void Reset() => Resets++;

    public void BeginStatement(StatementPosition position, SqliteColumns columns)
    {
        // Only resets count.
    }

    public void Row(SqliteRow row)
    {
        // Only resets count.
    }

    public void EndStatement(in StatementMeta meta)
    {
        // Only resets count.
    }
}
