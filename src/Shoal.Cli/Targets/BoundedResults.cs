using System.Text;
using Shoal.Engine.Requests;
using Shoal.Sqlite.Statements;

namespace Shoal.Cli.Targets;

/// <summary>Keeps a request's results in memory, up to a bound, to show them.</summary>
internal sealed class BoundedResults : IResultSink
{
    // As the server's default for one response.
    private const long KeptBytesMax = 64 * 1024 * 1024;

    private readonly List<StatementResult> _results = [];
    private List<string> _columns = [];
    private List<object?[]> _rows = [];
    private long _keptBytes;
    private long _rowsLeftOut;

    public IReadOnlyList<StatementResult> Results => _results;

    public void Reset()
    {
        _results.Clear();
        _keptBytes = 0;
    }

    public void BeginStatement(StatementPosition position, SqliteColumns columns)
    {
        _columns = new List<string>(columns.Count);
        for (var index = 0; index < columns.Count; index++)
        {
            _columns.Add(Encoding.UTF8.GetString(columns.Name(index)));
        }

        _rows = [];
        _rowsLeftOut = 0;
    }

    public void Row(SqliteRow row)
    {
        if (_keptBytes > KeptBytesMax)
        {
            _rowsLeftOut++;
            return;
        }

        var values = new object?[row.Count];
        for (var index = 0; index < values.Length; index++)
        {
            values[index] = Value(row, index);
        }

        _rows.Add(values);
    }

    public void EndStatement(in StatementMeta meta) =>
        _results.Add(new StatementResult(_columns, _rows, ResultMeta.From(meta), _rowsLeftOut));

    private object? Value(SqliteRow row, int index)
    {
        _keptBytes += 16;
        switch (row.Type(index))
        {
            case SqliteValueType.Integer:
                return row.Integer(index);
            case SqliteValueType.Real:
                return row.Real(index);
            case SqliteValueType.Text:
                var text = row.Text(index);
                _keptBytes += text.Length;
                return Encoding.UTF8.GetString(text);
            case SqliteValueType.Blob:
                var blob = row.Blob(index);
                _keptBytes += blob.Length;
                return blob.ToArray();
            default:
                return null;
        }
    }
}
