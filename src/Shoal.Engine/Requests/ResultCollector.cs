using System.Text;
using Shoal.Sqlite.Statements;

namespace Shoal.Engine.Requests;

/// <summary>Keeps all results in memory; for small results inside the process.</summary>
public sealed class ResultCollector : IResultSink
{
    private readonly List<StatementResult> _results = [];
    private StatementPosition _position;
    private string[] _columns = [];
    private List<SqlValue[]> _rows = [];

    /// <summary>One per completed statement, in order.</summary>
    public IReadOnlyList<StatementResult> Results => _results;

    /// <summary>Rows of the last completed statement.</summary>
    public IReadOnlyList<SqlValue[]> Rows => _results[^1].Rows;

    /// <inheritdoc/>
    public void Reset() => _results.Clear();

    /// <inheritdoc/>
    public void BeginStatement(StatementPosition position, SqliteColumns columns)
    {
        _position = position;
        _rows = [];
        _columns = new string[columns.Count];
        for (var index = 0; index < columns.Count; index++)
        {
            _columns[index] = Encoding.UTF8.GetString(columns.Name(index));
        }
    }

    /// <inheritdoc/>
    public void Row(SqliteRow row)
    {
        var values = new SqlValue[row.Count];
        for (var index = 0; index < values.Length; index++)
        {
            values[index] = row.Type(index) switch
            {
                SqliteValueType.Null => SqlValue.Null,
                SqliteValueType.Integer => SqlValue.Integer(row.Integer(index)),
                SqliteValueType.Real => SqlValue.Real(row.Real(index)),
                SqliteValueType.Text => SqlValue.Text(row.Text(index).ToArray()),
                SqliteValueType.Blob => SqlValue.Blob(row.Blob(index).ToArray()),
            };
        }

        _rows.Add(values);
    }

    /// <inheritdoc/>
    public void EndStatement(in StatementMeta meta) =>
        _results.Add(new StatementResult(_position, _columns, _rows, meta));
}
