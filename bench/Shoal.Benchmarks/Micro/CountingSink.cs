using Shoal.Engine.Requests;
using Shoal.Sqlite.Statements;

namespace Shoal.Benchmarks.Micro;

/// <summary>Looks at every value of a result and keeps none.</summary>
internal sealed class CountingSink : IResultSink
{
    public long Bytes { get; private set; }

    public void Reset() => Bytes = 0;

    public void BeginStatement(StatementPosition position, SqliteColumns columns)
    {
    }

    public void Row(SqliteRow row)
    {
        for (var index = 0; index < row.Count; index++)
        {
            Bytes += row.Type(index) == SqliteValueType.Text ? row.Text(index).Length : row.Integer(index);
        }
    }

    public void EndStatement(in StatementMeta meta)
    {
    }
}
